"""A staged import as a page shows it: counts, columns to correct, findings, and the differences cell by cell."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from projects.exchange.plan import ProjectPlan
from projects.exchange.plan_parts import PartPlan
from projects.exchange.problems import shorten
from projects.exchange.services.stage import Staged
from projects.exchange.targets import ALL
from projects.exchange.values import text_value
from projects.hierarchy.models import Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk

SHOWN_PROJECTS = 200
SHOWN_LEFT = 100
SAMPLES = 3
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
_LABELS: dict[str, str | Promise] = {
    "project.ref": gettext_lazy("External reference"),
    "project.programme": gettext_lazy("Programme"),
    "project.programme_name": gettext_lazy("Programme name"),
    "project.parent_ref": gettext_lazy("Part of"),
    "amount.forecast": gettext_lazy("Estimate at completion"),
    "milestone.project": gettext_lazy("Project it belongs to"),
    "budget.project": gettext_lazy("Project it belongs to"),
    "risk.project": gettext_lazy("Project it belongs to"),
    "milestone.ref": gettext_lazy("External reference"),
    "milestone.status": gettext_lazy("Status"),
    "risk.ref": gettext_lazy("External reference"),
}


def sheets(staged: Staged) -> list[dict[str, Any]]:
    """Each sheet that was read, with what every column was taken for and a few of its cells, as JSON values."""
    by_name = {sheet.name: sheet for sheet in staged.source.sheets}
    found = []
    for read in staged.reading.sheets:
        sheet = by_name[read.name]
        columns = []
        for item in read.mapped.suggestions:
            cells: Iterable[Any] = (row.at(item.index) for row in sheet.rows[1:]) if not read.flipped else ()
            samples = [shorten(text_value(cell)) for cell in cells if cell is not None][:SAMPLES]
            columns.append(
                {
                    "index": item.index,
                    "letter": item.letter,
                    "header": shorten(item.header),
                    "folded": read.mapped.folded[item.index],
                    "target": item.target,
                    "score": round(item.score * 100),
                    "samples": samples,
                }
            )
        found.append(
            {"name": read.name, "entity": read.entity, "flipped": read.flipped, "rows": read.rows, "columns": columns}
        )
    return found


def differences(staged: Staged) -> dict[str, Any]:
    """The first 200 projects that change, cell by cell, and the first names of those that leave, as JSON values."""
    changing = [item for item in staged.plan.projects if item.action != "unchanged"]
    return {
        "projects": [_project(item) for item in changing[:SHOWN_PROJECTS]],
        "more": max(0, len(changing) - SHOWN_PROJECTS),
        "left": sorted(staged.plan.left.values())[:SHOWN_LEFT],
        "programmes": sorted(staged.plan.containers.values()),
    }


def _project(item: ProjectPlan) -> dict[str, Any]:
    cells = [["project", name, _json(old), _json(new)] for name, (old, new) in item.changes.items()]
    return {
        "action": item.action,
        "label": item.label,
        "code": item.code,
        "row": item.record.row,
        "cells": cells if item.action == "update" else [],
        "parts": [_part(part) for part in item.parts] if item.action == "update" else [],
        "part_count": len(item.parts),
    }


def _part(part: PartPlan) -> dict[str, Any]:
    cells = [
        [part.kind, name, _json(old), _json(new)]
        for name, (old, new) in part.changes.items()
        if part.action == "update"
    ]
    return {"kind": part.kind, "action": part.action, "label": part.label, "cells": cells}


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", f"{value:f}"]
    return value if value is None or isinstance(value, bool | int) else shorten(value)


def shown(kind: str, name: str, value: Any) -> str:
    """A stored cell of a difference in the reader's language; an empty one is a dash."""
    if value is None or value == "":
        return formats.MISSING
    if isinstance(value, list):
        tag, text = value
        return formats.date(date.fromisoformat(text)) if tag == "d" else formats.number(Decimal(text), 0)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(kind, name)
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))


def _field(kind: str, name: str) -> "models.Field[Any, Any] | None":
    known = {field.name: field for field in _MODELS[kind]._meta.fields}
    return known.get(name)


def field_label(kind: str, name: str) -> str:
    """The name of a field as its form shows it."""
    field = _field(kind, name)
    return str(field.verbose_name).capitalize() if field is not None else name


def target_label(target: str) -> str:
    """What a column goes to, in words: the field's own name, and the month of a wide budget column."""
    if not target:
        return _("Left out")
    base, _at, month = target.partition("@")
    entity, _dot, field = base.partition(".")
    if base in _LABELS:
        label = str(_LABELS[base])
    elif entity == "amount":
        label = str(dict(BudgetLine.Kind.choices).get(field.split(".")[0], field))
    elif entity == "gate":
        label = _("Milestone “%(name)s”") % {"name": field}
    else:
        label = field_label(entity, field)
    if base.endswith(".year"):
        label = _("%(what)s of the year") % {"what": label}
    return f"{label} · {formats.date(date.fromisoformat(month), 'month')}" if month else label


def choices(entity: str, used: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The targets a column of this kind of sheet may go to, grouped, for a select; targets in use are always offered."""
    groups = ("project", "amount") if entity == "project" else (entity, "amount") if entity == "budget" else (entity,)
    offered: list[tuple[str, list[tuple[str, str]]]] = []
    known: set[str] = set()
    for group in groups:
        names = [name for name, target in ALL.items() if target.entity == group]
        known.update(names)
        offered.append((str(ENTITIES[group]), [(name, target_label(name)) for name in names]))
    extra = [(name, target_label(name)) for name in dict.fromkeys(used) if name and name not in known]
    return [*offered, (_("From this file"), extra)] if extra else offered


def cells(project: Mapping[str, Any]) -> list[dict[str, str]]:
    """The lines of a project's difference: field, before, after, in words."""
    lines = [_line("", kind, name, old, new) for kind, name, old, new in project["cells"]]
    words = {"create": _("added"), "update": _("changed"), "delete": _("removed")}
    for part in project["parts"]:
        title = f"{ENTITIES[part['kind']]} · {part['label']}"
        if part["cells"]:
            lines += [_line(title, kind, name, old, new) for kind, name, old, new in part["cells"]]
        else:
            lines.append({"label": title, "before": formats.MISSING, "after": words[part["action"]]})
    return lines


def _line(title: str, kind: str, name: str, old: Any, new: Any) -> dict[str, str]:
    label = field_label(kind, name)
    return {
        "label": f"{title} · {label}" if title else label,
        "before": shown(kind, name, old),
        "after": shown(kind, name, new),
    }
