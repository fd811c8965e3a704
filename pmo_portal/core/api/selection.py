"""What a reader wants of each row: `fields=` names the members, `expand=` the objects to embed. Nothing else is selected."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from pmo_portal.core.api.expand import Expand, embed, hidden
from pmo_portal.core.api.rows import Listing, Row

PARAMETERS = frozenset({"fields", "expand"})


@dataclass(frozen=True, slots=True)
class Selection:
    """The members and the objects asked for; `members` None: all."""

    members: tuple[str, ...] | None = None
    expands: Mapping[str, Expand] = field(default_factory=dict)

    def listing(self, whole: Listing, key: str) -> Listing:
        """The columns needed and no others; the key always is."""
        if self.members is None and not self.expands:
            return whole
        needed = {hidden(name): one.column for name, one in self.expands.items()}
        return whole.only(dict.fromkeys([*(self.members or whole.sources), key]), **needed)

    def finish(self, rows: list[Row], *, user: Any, site: str) -> list[Row]:
        """The rows as asked for."""
        rows = embed(rows, self.expands, user=user, site=site)
        if self.members is None:
            return rows
        kept = [*self.members, *(["expanded"] if self.expands else [])]
        return [{name: row[name] for name in kept} for row in rows]


def chosen(request: Request, members: Collection[str], expands: Mapping[str, Expand]) -> Selection:
    """What the request asks for; 400 naming what does not exist here."""
    names = listed(request, "fields", members)
    objects = listed(request, "expand", expands)
    return Selection(names, {name: expands[name] for name in objects or ()})


def listed(request: Request, name: str, known: Collection[str]) -> tuple[str, ...] | None:
    """The names of a parameter, each once; None without it."""
    if name not in request.query_params:
        return None
    asked = tuple(dict.fromkeys(one for one in request.query_params[name].split(",") if one))
    if not asked or not set(asked) <= set(known):
        told = ", ".join(known) or _("nothing")
        raise ValidationError({f"?{name}": [_("Choose among: %(choices)s.") % {"choices": told}]})
    return asked


def documented(members: Collection[str], expands: Mapping[str, Expand]) -> dict[str, tuple[str, dict[str, Any]]]:
    """{parameter: (description, JSON Schema)}."""
    told = {"fields": ("Only these members of each row, in this order.", list(members))}
    if expands:
        told["expand"] = ("Embed these objects under `expanded`, as far as you may open them.", list(expands))
    return {
        name: (text, {"type": "array", "items": {"type": "string", "enum": choices}})
        for name, (text, choices) in told.items()
    }
