"""Form fields people can type in French or English, and the widgets of the field template."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.formats import language, number
from pmo_portal.core.templatetags.health import tone_of

LONG_LIST = 15
# 1,250 and 12,345,678, but not 1250,5: an English reader may type a French figure.
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+")
_SPACES = re.compile(r"[\s\u00a0\u202f’']")


class DateInput(forms.DateInput):
    """The browser's own date field, whose value is always ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    """A day."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)


class AmountInput(forms.TextInput):
    """A figure typed with the reader's own separators; `unit` is drawn inside the field."""

    def __init__(self, attrs: dict[str, Any] | None = None, unit: str = "") -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})
        self.unit = unit


class AmountField(forms.DecimalField):
    """A decimal as people write it: `1 250,5`, `1,250.5`, `−3`. `unit` shows in the field (k€, %)."""

    default_error_messages = {"invalid": _("Enter a number, for example %(example)s.")}

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("widget", AmountInput(unit=unit))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        text = _SPACES.sub("", str(value)).replace("−", "-")
        if text.rfind(",") > text.rfind(".") >= 0:  # 1.250,5: the last mark is the decimal one
            text = text.replace(".", "")
        if "," in text:
            groups = "." in text or (language() == "en" and _GROUPED.fullmatch(text))
            text = text.replace(",", "") if groups else text.replace(",", ".")
        try:
            parsed = Decimal(text)
        except InvalidOperation:
            parsed = Decimal("NaN")
        if not parsed.is_finite():
            raise forms.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"example": number(1250)}
            )
        return parsed

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal | int):
            return value
        plain = f"{Decimal(value):f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return plain.replace(".", ",") if language() == "fr" else plain


class Segments(forms.RadioSelect):
    """A few choices side by side; health colours carry their shape."""

    template_name = "django/forms/widgets/segments.html"
    colours = frozenset({"green", "amber_green", "amber", "amber_red", "red", "grey"})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.colours:
            shade = {"amber_green": "green", "amber_red": "amber"}.get(str(value), str(value))
            option["tone"] = tone_of(shade)
            option["icon"] = f"i-{option['tone']}"
            option["attrs"]["data-tone"] = option["tone"]
        return option


class Combobox(forms.Select):
    """A select that a script turns into a field to type in; without the script it stays a select."""

    template_name = "django/forms/widgets/combobox.html"


class Lookup(Combobox):
    """A choice among more rows than a page should carry: only the chosen one is in it, the script asks `source` for others.

    For a ModelChoiceField. `source` answers `?q=` with {"results": [{"value", "label"}]}.
    """

    def __init__(self, source: Any, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.source = source

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        chosen = [one for one in value if str(one).isdecimal()]
        choices: Any = self.choices
        rows = choices.queryset.filter(pk__in=chosen) if chosen else ()
        shown = [("", ""), *(choices.choice(row) for row in rows)]
        options = [self.create_option(name, key, label, str(key) in value, i) for i, (key, label) in enumerate(shown)]
        return [(None, options, 0)]

    def get_context(self, *args: Any) -> dict[str, Any]:
        return {**super().get_context(*args), "source": self.source}


def comfortable(form: forms.BaseForm) -> None:
    """Give a model form the portal's widgets: dates, figures, and a combobox above fifteen choices. Call it in `__init__`."""
    for name, field in form.fields.items():
        if type(field) is forms.DateField:
            form.fields[name] = _replaced(field, DateField())
        elif type(field) is forms.DecimalField:
            form.fields[name] = _replaced(
                field, AmountField(max_digits=field.max_digits, decimal_places=field.decimal_places)
            )
        elif (
            isinstance(field, forms.ChoiceField)
            and type(field.widget) is forms.Select
            and len(list(choices := cast(Any, field.choices))) > LONG_LIST
        ):
            field.widget = Combobox(field.widget.attrs)
            field.widget.choices = choices
            field.widget.is_required = field.required


def _replaced(old: forms.Field, new: forms.Field) -> forms.Field:
    new.label, new.help_text, new.required, new.initial, new.disabled = (
        old.label,
        old.help_text,
        old.required,
        old.initial,
        old.disabled,
    )
    new.widget.is_required = old.required
    new.validators = [*new.validators, *(one for one in old.validators if one not in new.validators)]
    return new
