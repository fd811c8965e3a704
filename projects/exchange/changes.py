"""What an import changes, cell by cell: packed once for every project, unpacked and worded one page at a time.

A new project shows every value it would have, with its milestones, amounts and risks. The words are chosen when a page is
shown, in its reader's language; dates and numbers are kept as ["d", ISO] and ["n", digits].
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.blank import is_blank
from projects.exchange.plan_parts import PartPlan
from projects.exchange.planned import ProjectPlan
from projects.exchange.problems import shorten
from projects.exchange.services.stage import Staged
from projects.hierarchy.models import Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk

PAGE = 50
SHOWN_LEFT = 100
_MODELS: dict[str, type[models.Model]] = {
    "project": Project,
    "milestone": Milestone,
    "budget": BudgetLine,
    "risk": Risk,
}
ENTITIES: dict[str, str | Promise] = {
    "project": gettext_lazy("Project"),
    "amount": gettext_lazy("Amounts"),
    "milestone": gettext_lazy("Milestone"),
    "budget": gettext_lazy("Budget line"),
    "risk": gettext_lazy("Risk"),
}
_TITLES = frozenset({"name", "title", "position", "external_ref"})  # told by the line's own title, or of no interest


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the projects that change; `number` counts from 1."""

    projects: list[dict[str, Any]]
    number: int
    pages: int
    count: int

    @property
    def updated(self) -> list[dict[str, Any]]:
        """Those that are stored already."""
        return [project for project in self.projects if project["action"] != "create"]

    @property
    def created(self) -> list[dict[str, Any]]:
        """Those that are new."""
        return [project for project in self.projects if project["action"] == "create"]

    @property
    def first(self) -> int:
        """The place of its first project among all, from 1."""
        return (self.number - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The place of its last project."""
        return self.first + len(self.projects) - 1


def summary(staged: Staged) -> dict[str, Any]:
    """What changes around the projects, as JSON values: programmes to create, the first names of projects that leave."""
    return {
        "left": sorted(staged.writable.left.values())[:SHOWN_LEFT],
        "programmes": sorted(staged.writable.containers.values()),
    }


def pack(staged: Staged) -> bytes:
    """Every project that changes, one JSON line each, compressed: those stored already first, in the order of the file."""
    changing = [item for item in staged.writable.projects if item.action != "unchanged"]
    changing.sort(key=lambda item: item.action == "create")
    lines = (json.dumps(_project(item), ensure_ascii=False, separators=(",", ":")) for item in changing)
    return zlib.compress("\n".join(lines).encode())


def page(packed: bytes, number: int) -> Page:
    """One page of what `pack` made, worded; a number beyond the last page gives the last one."""
    lines = zlib.decompress(packed).splitlines() if packed else []
    pages = max(1, -(-len(lines) // PAGE))
    number = min(max(number, 1), pages)
    shown = [json.loads(line) for line in lines[(number - 1) * PAGE : number * PAGE]]
    return Page([{**project, "lines": _lines(project)} for project in shown], number, pages, len(lines))


def _project(item: ProjectPlan) -> dict[str, Any]:
    cells = [["project", name, _json(old), _json(new)] for name, (old, new) in item.changes.items()]
    if item.action == "create":
        programme = item.record.programme.name if item.record.programme else item.container
        cells = [cell for cell in cells if not is_blank(cell[3])]
        cells = [["project", "code", None, item.code], ["project", "node", None, shorten(programme)], *cells]
    return {
        "action": item.action,
        "label": item.label,
        "code": item.code,
        "row": item.record.row,
        "cells": cells,
        "parts": [_part(part) for part in item.parts],
    }


def _part(part: PartPlan) -> dict[str, Any]:
    cells: list[list[Any]] = []
    if part.action == "update":
        cells = [[part.kind, name, _json(old), _json(new)] for name, (old, new) in part.changes.items()]
    elif part.action == "create":
        told = _TITLES | ({"kind", "month"} if part.kind == "budget" else set())
        given = {name: value for name, value in part.values.items() if not is_blank(value)}
        cells = [[part.kind, name, None, _json(value)] for name, value in given.items() if name not in told]
    return {"kind": part.kind, "action": part.action, "label": part.label, "cells": cells}


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", f"{value:f}"]
    return value if value is None or isinstance(value, bool | int) else shorten(value)


def _lines(project: Mapping[str, Any]) -> list[dict[str, str]]:
    """The lines of a project's difference: field, before, after, in words."""
    lines = [_line("", kind, name, old, new) for kind, name, old, new in project["cells"]]
    words = {"create": _("added"), "update": _("changed"), "delete": _("removed")}
    for part in project["parts"]:
        title = _title(part)
        if part["cells"]:
            lines += [_line(title, kind, name, old, new) for kind, name, old, new in part["cells"]]
        else:
            lines.append({"label": title, "before": formats.MISSING, "after": words[part["action"]]})
    return lines


def _title(part: Mapping[str, Any]) -> str:
    """Which milestone, budget line or risk it is, in words."""
    label = part["label"]
    if part["kind"] == "budget":
        kind, _blank, month = label.partition(" ")
        label = str(dict(BudgetLine.Kind.choices).get(kind, kind))
        if month:
            label += f" · {formats.date(date.fromisoformat(f'{month}-01'), 'month')}"
    return f"{ENTITIES[part['kind']]} · {label}"


def _line(title: str, kind: str, name: str, old: Any, new: Any) -> dict[str, str]:
    label = field_label(kind, name)
    return {
        "label": f"{title} · {label}" if title else label,
        "before": _shown(kind, name, old),
        "after": _shown(kind, name, new),
    }


def _shown(kind: str, name: str, value: Any) -> str:
    """A stored cell of a difference in the reader's language; an empty one is a dash."""
    if value is None or value == "":
        return formats.MISSING
    if isinstance(value, list):
        tag, text = value
        return formats.date(date.fromisoformat(text)) if tag == "d" else _amount(Decimal(text))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(kind, name)
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))


def _amount(value: Decimal) -> str:
    """As many decimals as the value has, two at most: what is shown is what would be written."""
    return formats.number(value, 0 if value == value.to_integral_value() else 2)


def _field(kind: str, name: str) -> "models.Field[Any, Any] | None":
    known = {field.name: field for field in _MODELS[kind]._meta.fields}
    return known.get(name)


def field_label(kind: str, name: str) -> str:
    """The name of a field as its form shows it."""
    field = _field(kind, name)
    return str(field.verbose_name).capitalize() if field is not None else name
