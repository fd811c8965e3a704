"""Budget lines: one at a time, or many cells of the monthly grid at once. Callers have checked the right on the project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace, undo
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.money.models import BudgetLine

FIELDS = frozenset({"external_ref", "month", "kind", "cost_type", "category", "amount", "source", "document_ref"})
EMPTY = 0  # the version an editor saw when the cell held nothing


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell of the grid shall hold; `amount` None empties it. `version`: what the editor saw, None not to compare."""

    month: date | None
    kind: str
    amount: Decimal | None
    cost_type: str = ""
    category: str = ""
    version: int | None = None

    @property
    def key(self) -> tuple[date | None, str, str, str]:
        return (self.month, self.kind, self.cost_type, self.category)


def create_budget_line(*, project: Project, by: User, on: date, **fields: Any) -> BudgetLine:
    """One amount for a month (its first day; None for a whole-life figure), a kind and a category."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        line = BudgetLine(project=held, **fields)
        check_amount(line)
        editing.create(line, by=by, project_id=held.pk)
        facts_changed(held, on=on)
        return line


def update_budget_line(*, line: BudgetLine, by: User, version: int, changes: Mapping[str, Any], on: date) -> BudgetLine:
    """Change an amount or where it counts."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(line.project_id)
        row = editing.lock(BudgetLine, line.pk, version=version, changes=changes)
        if editing.write(row, by=by, changes=changes, project_id=held.pk):
            check_amount(row)
            facts_changed(held, on=on)
        return row


def delete_budget_line(*, line: BudgetLine, by: User, version: int, on: date) -> None:
    with editing.writing():
        held = hold_project(line.project_id)
        editing.delete(line, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


def set_budget_cells(*, project: Project, by: User, on: date, cells: Sequence[Cell]) -> list[BudgetLine]:
    """Give these cells their amounts, all or none; returns the lines that hold them now (emptied cells have none).

    Writers of one project wait for each other, so a cell's version is compared with what is stored at that moment.
    """
    with editing.writing():
        held = hold_project(project.pk)
        stored = {(x.month, x.kind, x.cost_type, x.category): x for x in BudgetLine.objects.filter(project=held)}
        kept, anything = [], False
        for cell in cells:
            line = stored.get(cell.key)
            _check_seen(cell, line)
            with trace.acting(by):
                changed, now = _set(held, cell, line)
            anything |= changed
            kept += [now] if now else []
            if now:
                stored[cell.key] = now
            else:
                stored.pop(cell.key, None)
        if anything:
            facts_changed(held, on=on)
        return kept


def _set(project: Project, cell: Cell, line: BudgetLine | None) -> tuple[bool, BudgetLine | None]:
    """Bring one cell to its amount: (whether anything changed, the line or None)."""
    if cell.amount is None:
        if line is None:
            return False, None
        line.delete()
        return True, None
    if line is None:
        line = BudgetLine(
            project=project, month=cell.month, kind=cell.kind, cost_type=cell.cost_type, category=cell.category
        )
    before = line.amount
    line.amount = cell.amount
    editing.clean(line, ("month", "kind", "cost_type", "category", "amount"))
    check_amount(line)
    if before is not None and line.pk and before == line.amount:
        return False, line
    if line.pk is None:
        line.save(force_insert=True)
    else:
        line.source = BudgetLine.Source.MANUAL
        line.save(update_fields=["amount", "source", "updated_at"])
        line.version += 1
    return True, line


def _check_seen(cell: Cell, line: BudgetLine | None) -> None:
    """StaleVersion when the cell is not the one the editor saw; its values are named after the kind."""
    stored = line.version if line else EMPTY
    if cell.version is not None and cell.version != stored:
        raise StaleVersion(
            _("Someone saved this while you were editing."),
            mine={cell.kind: cell.amount},
            theirs={cell.kind: line.amount if line else None},
            version=stored,
        )


def check_amount(line: BudgetLine) -> None:
    """What remains to be spent is never negative (domain.md VR-10); other kinds may be, for corrections and credit notes."""
    if line.kind == BudgetLine.Kind.FORECAST and line.amount is not None and Decimal(line.amount) < 0:
        raise DomainError(
            _("An estimate to complete cannot be negative. Enter 0 if nothing remains to be spent."), field="amount"
        )


class BudgetLineWay(restoring.FactWay):
    model = BudgetLine
    permission = "projects.edit_money"


undo.ways.add("projects.BudgetLine", BudgetLineWay())
