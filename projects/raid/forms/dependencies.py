"""Forms of dependencies between projects: what is needed of whom, then what each side keeps of it."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.forms import comfortable
from pmo_portal.core.models import User
from projects.hierarchy.forms import FactForm, Section
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from projects.raid.models import InterProjectDependency
from projects.raid.models.dependency import SIDES
from projects.raid.selectors.dependencies import FIELDS, may_set

LONG = {"description": forms.Textarea(attrs={"rows": 3})}
MILESTONES = tuple(f"{side}_milestone" for side in SIDES)


class ProjectChoice(forms.ModelChoiceField):
    """A project with the portfolio it is in."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} ({obj.portfolio.code} · {obj.code})"


class MilestoneChoice(forms.ModelChoiceField):
    """A milestone with the day it is expected."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} – {formats.date(obj.expected_date)}" if obj.expected_date else str(obj.label)


class DependencyForm(FactForm):
    """What this editor may change; a new one names the project it waits for, among those they see."""

    sections: ClassVar[tuple[Section, ...]] = (
        (_("What is given"), ("supplier", "title", "title_en", "description", "status", "delivered_on", "code")),
        (_("Who needs it"), ("needed_by", "receiver_milestone", "receiver_owner")),
        (_("Who gives it"), ("promised_on", "supplier_milestone", "supplier_owner")),
    )

    class Meta:
        model = InterProjectDependency
        fields = (
            "title", "title_en", "description", "status", "delivered_on", "code", "needed_by", "receiver_milestone",
            "receiver_owner", "promised_on", "supplier_milestone", "supplier_owner",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = LONG

    def __init__(self, *args: Any, by: User, receiver: Project | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if receiver is not None:
            self._begin(receiver, by)
        else:
            for name in FIELDS - may_set(by, self.instance):
                self.fields.pop(name, None)
        fields: dict[str, Any] = self.fields
        for side in SIDES:
            if (name := f"{side}_milestone") in fields:
                project = receiver.pk if receiver is not None else getattr(self.instance, f"{side}_id")
                rows = Milestone.objects.filter(project=project).order_by("position", "pk")
                fields[name] = MilestoneChoice(rows, label=fields[name].label, required=False)
        if "promised_on" in fields:
            fields["promised_on"].help_text = _("Empty: the day of the milestone that gives it counts, as it moves.")
        if "delivered_on" in fields:
            fields["delivered_on"].help_text = _("Only with the status “Delivered”; today unless you say otherwise.")
        for name in ("description", "title"):
            if name in fields:
                fields[name].wide = True
        comfortable(self)

    def _begin(self, receiver: Project, by: User) -> None:
        """A new one: what is promised is said afterwards, by who gives it."""
        fields: dict[str, Any] = self.fields
        for name in ("status", "delivered_on", "promised_on", "supplier_milestone", "supplier_owner"):
            fields.pop(name)
        rows = Project.objects.visible_to(by).filter(left_on__isnull=True).exclude(state__in=Project.OVER)
        rows = rows.exclude(pk=receiver.pk).select_related("portfolio").order_by("portfolio__code", "code")
        supplier = ProjectChoice(rows, label=capfirst(_("project that gives it")))
        supplier.wide = True  # type: ignore[attr-defined]
        self.fields = {"supplier": supplier, **fields}
