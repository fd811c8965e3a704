"""Budget lines and the cells of the grid."""

from datetime import date
from decimal import Decimal

import pytest

from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.money import services
from projects.money.selectors import Budget, approved, at_completion, months_of
from projects.money.services import Cell
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)
NOV = date(2026, 11, 1)


def test_one_amount_per_cell(ben: User, world: World) -> None:
    fields = {"month": NOV, "kind": "actual", "amount": Decimal("10.10")}
    line = services.create_budget_line(project=world.tram, by=ben, on=ON, **fields)
    with pytest.raises(DomainError, match="already an amount"):
        services.create_budget_line(project=world.tram, by=ben, on=ON, **fields)
    changed = services.update_budget_line(line=line, by=ben, version=1, changes={"amount": "10.2"}, on=ON)
    assert (changed.amount, changed.version) == (Decimal("10.2"), 2)
    assert AuditEvent.objects.latest("pk").changes == {"amount": ["10.1", "10.2"]}
    services.delete_budget_line(line=line, by=ben, version=2, on=ON)


def test_what_remains_to_be_spent_is_not_negative(ben: User, world: World) -> None:
    with pytest.raises(DomainError, match="cannot be negative"):
        services.create_budget_line(project=world.tram, by=ben, on=ON, month=NOV, kind="forecast", amount=Decimal(-1))
    services.create_budget_line(project=world.tram, by=ben, on=ON, month=NOV, kind="actual", amount=Decimal(-1))


def test_cells_are_set_changed_and_emptied_together(ben: User, world: World) -> None:
    def put(*cells: Cell) -> int:
        before = AuditEvent.objects.count()
        services.set_budget_cells(project=world.tram, by=ben, on=ON, cells=cells)
        return AuditEvent.objects.count() - before

    assert put(Cell(NOV, "actual", Decimal(5)), Cell(NOV, "revised", Decimal(7), "capex")) == 2
    assert put(Cell(NOV, "actual", Decimal(5)), Cell(NOV, "revised", Decimal(7), "capex")) == 0
    assert put(Cell(NOV, "actual", Decimal(6), version=1), Cell(NOV, "revised", None, "capex", version=1)) == 2
    assert list(world.tram.budget_lines.values_list("kind", "amount", "version")) == [("actual", Decimal(6), 2)]
    with pytest.raises(StaleVersion) as caught:
        put(Cell(NOV, "forecast", Decimal(1)), Cell(NOV, "actual", Decimal(9), version=1))
    assert (caught.value.mine, caught.value.theirs) == ({"actual": Decimal(9)}, {"actual": Decimal(6)})
    assert world.tram.budget_lines.count() == 1


def test_totals_follow_the_definitions(world: World) -> None:
    def line(kind: str, amount: int, **fields: object) -> None:
        make.budget_line(world.tram, kind=kind, amount=Decimal(amount), **fields)

    line("initial", 100)
    totals = Budget.of(world.tram).totals()
    assert (approved(totals), at_completion(totals)) == (100, None)
    line("revised", 60)
    line("revised", 50, month=date(2026, 12, 1))
    line("actual", 70)
    line("forecast", 45)
    line("forecast", 999, month=date(2026, 1, 1), category="fiscal_year")
    totals = Budget.of(world.tram).totals()
    assert (approved(totals), at_completion(totals)) == (110, 115)
    line("revised", 500, month=None)
    line("forecast", 480, month=None)
    totals = Budget.of(world.tram).totals()
    assert (approved(totals), at_completion(totals)) == (500, 480)


def test_the_grid_edits_only_what_is_one_line(world: World) -> None:
    make.budget_line(world.tram, kind="actual", cost_type="capex", amount=Decimal(3))
    make.budget_line(world.tram, kind="actual", cost_type="capex", category="licences", amount=Decimal(4))
    make.budget_line(world.tram, kind="revised", cost_type="capex", amount=Decimal(5))
    budget = Budget.of(world.tram)
    november = {cell.kind: cell for cell in budget.rows(months_of(2026), "capex")[10].cells}
    assert (november["actual"].amount, november["actual"].editable) == (7, False)
    assert (november["revised"].amount, november["revised"].editable, november["revised"].version) == (5, True, 1)
    assert not any(cell.editable for row in budget.rows(months_of(2026), "all") for cell in row.cells)
    assert budget.rows([NOV], "opex")[0].cells[0].amount is None
