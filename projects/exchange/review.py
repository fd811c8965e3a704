"""A staged import as a page shows it: what each column was taken for, and where it could go instead."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from projects.exchange.changes import ENTITIES, field_label
from projects.exchange.problems import shorten
from projects.exchange.services.stage import Staged
from projects.exchange.targets import ALL
from projects.exchange.values import text_value
from projects.money.models import BudgetLine

SAMPLES = 3
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
