"""Files into the database: once, again, newer, partly wrong, beyond one's rights, and back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import audit
from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.events import projects_changed
from pmo_portal.core.models import AuditEvent, User
from projects.exchange.models import ImportBatch
from projects.exchange.services.apply import BadRows
from projects.exchange.services.undo import CannotUndo, undo
from projects.models import BudgetLine, Milestone, MilestoneForecast, Node, Person, Project, Risk
from tests import make
from tests.projects.exchange.files import csv_bytes, facts_recorded, load, load_as, xlsx_bytes

pytestmark = pytest.mark.django_db

HEADER = [
    "Référence",
    "Nom du projet",
    "Programme",
    "Chef de projet",
    "Statut",
    "Fin estimée",
    "Budget révisé (k€)",
    "janv. 2026",
]
ROWS = [
    HEADER,
    ["R1", "Réseau", "Infra", "Ada Martin", "en cours", "31/12/2026", "1 200", "100"],
    ["R2", "Paie", "RH", "Ben Durand", "cadrage", "30/06/2027", "300,5", ""],
    ["R3", "Site web", "Infra", "Ada Martin", "en cours", "15/09/2026", "80", "7"],
]


def changed(rows: list[list[str]], row: int, column: str, value: str) -> list[list[str]]:
    copy = [list(cells) for cells in rows]
    copy[row][HEADER.index(column)] = value
    return copy


def test_a_new_file_makes_the_portfolio_its_programmes_people_projects_and_lines() -> None:
    staged, batch = load(csv_bytes(ROWS))
    assert (staged.plan.count("create"), batch.state) == (3, "applied")
    portfolio = Node.objects.get(code="OWN")
    assert (portfolio.kind, portfolio.currency, portfolio.origin, portfolio.status_date) == (
        "portfolio",
        "EUR",
        "own",
        None,
    )
    network = Project.objects.get(external_ref="R1")
    assert (network.name, network.node.name, network.portfolio) == ("Réseau", "Infra", portfolio)
    assert (network.state, network.forecast_end, network.project_manager.name) == (
        "executing",
        date(2026, 12, 31),
        "Ada Martin",
    )
    assert network.path == f"{portfolio.pk}/{network.node_id}/p{network.pk}/"
    assert {(line.month, line.kind, line.amount) for line in network.budget_lines.all()} == {
        (None, "revised", Decimal("1199900.00")),  # the total of 1,200 k€ less the month that stands beside it
        (date(2026, 1, 1), "revised", Decimal("100.00")),
    }
    assert Person.objects.count() == 2


def test_the_same_file_again_changes_nothing_and_leaves_no_trace() -> None:
    load(csv_bytes(ROWS))
    events, versions = facts_recorded(), list(Project.objects.values_list("pk", "version", "updated_at"))
    staged, _batch = load(csv_bytes(ROWS))
    assert (staged.plan.count("create"), staged.plan.count("update"), staged.plan.count("unchanged")) == (0, 0, 3)
    assert staged.plan.changes_nothing
    assert facts_recorded() == events
    assert list(Project.objects.values_list("pk", "version", "updated_at")) == versions


def test_a_newer_file_updates_only_what_differs_and_records_it() -> None:
    load(csv_bytes(ROWS))
    told: list[list[int]] = []

    def hear(sender: object, ids: list[int], **_kwargs: object) -> None:
        told.append(ids)

    projects_changed.connect(hear)
    newer = changed(changed(ROWS, 2, "Fin estimée", "31/12/2027"), 3, "Budget révisé (k€)", "95")
    staged, batch = load(csv_bytes([*newer, ["R4", "Nouveau", "RH", "", "cadrage", "", "", ""]]))
    projects_changed.disconnect(hear)
    assert (staged.plan.count("create"), staged.plan.count("update"), staged.plan.count("unchanged")) == (1, 2, 1)
    pay, site = Project.objects.get(external_ref="R2"), Project.objects.get(external_ref="R3")
    assert (pay.forecast_end, pay.version) == (date(2027, 12, 31), 2)
    assert sum(line.amount for line in site.budget_lines.filter(kind="revised")) == Decimal("95000.00")
    history = audit.history_of(pay).first()
    assert history is not None
    assert (history.changes, history.source) == ({"forecast_end": ["2027-06-30", "2027-12-31"]}, "import")
    assert history.request_id == batch.request_id
    assert len(told) == 1
    assert {pay.pk, site.pk, Project.objects.get(external_ref="R4").pk} == set(told[0])


def test_an_empty_cell_of_a_tracker_leaves_what_is_stored() -> None:
    load(csv_bytes(ROWS))
    load(csv_bytes(changed(ROWS, 1, "Fin estimée", "")))
    assert Project.objects.get(external_ref="R1").forecast_end == date(2026, 12, 31)


def test_projects_made_in_the_portal_are_found_by_code_or_name() -> None:
    own = make.portfolio("OWN")
    by_code, by_name = make.project("R1", node=own, name="Autre"), make.project("X9", node=own, name="paie")
    rows = [["Code", "Nom du projet", "Fin estimée"], ["R1", "Réseau", "2026-12-31"]]
    load(csv_bytes(rows))
    load(csv_bytes([["Nom du projet", "Fin estimée"], ["Paie", "2027-01-31"]]))
    by_code.refresh_from_db()
    by_name.refresh_from_db()
    assert (by_code.name, by_code.external_ref, by_name.forecast_end) == ("Réseau", "R1", date(2027, 1, 31))
    assert Project.objects.count() == 2


def test_one_bad_row_keeps_the_whole_file_out() -> None:
    rows = [HEADER] + [
        [f"R{n}", f"Projet {n}", "Infra", "", "en cours", "2026-12-31", str(n), ""] for n in range(2_000)
    ]
    rows[-1][6] = "beaucoup"
    with pytest.raises(BadRows) as refused:
        load(csv_bytes(rows))
    assert [(p.row, p.column) for p in refused.value.staged.plan.errors] == [(2_001, "Budget révisé (k€)")]
    assert not Project.objects.exists()
    assert not Node.objects.exists()
    assert not ImportBatch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_good_rows_alone_when_asked_and_the_bad_ones_come_back_to_correct() -> None:
    rows = changed(ROWS, 2, "Budget révisé (k€)", "beaucoup")
    staged, batch = load(csv_bytes(rows, delimiter=";"), skip_bad_rows=True)
    assert staged.plan.count("create") == 2
    handed_back = bytes(batch.bad_rows or b"").decode("utf-8-sig")
    header, row = handed_back.strip().split("\r\n")
    assert header.startswith("Référence;Nom du projet;")
    assert row.startswith("R2;Paie;RH;")
    assert "beaucoup" in row.split(";")[-1]
    corrected = handed_back.replace(";beaucoup;", ";300;").encode("utf-8-sig")
    staged, _batch = load(corrected)
    assert (staged.plan.count("create"), Project.objects.count()) == (1, 3)


def test_sheets_of_a_workbook_and_a_second_import_of_them() -> None:
    book = xlsx_bytes(
        {
            "Projets": [
                ["Code", "Nom du projet", "Début", "Fin estimée"],
                ["A1", "Réseau", date(2026, 1, 1), date(2026, 12, 31)],
            ],
            "Jalons": [["Projet", "Jalon", "Référence", "Date estimée"], ["A1", "Recette", date(2026, 5, 1), date(2026, 6, 1)]],
            "Budget": [
                ["Projet", "Mois", "Nature", "Montant"],
                ["A1", date(2026, 1, 1), "Budget", 10.5],
                ["A1", date(2026, 1, 1), "Réel", 4],
            ],
            "Risques": [["Projet", "Risque", "Probabilité", "Impact", "Porteur"], ["Réseau", "Retard", 4, 5, "Ada Martin"]],
        }
    )  # fmt: skip
    load(book, file_name="suivi.xlsx")
    assert Milestone.objects.get().forecast_date == date(2026, 6, 1)
    assert MilestoneForecast.objects.get().forecast_date == date(2026, 6, 1)
    assert BudgetLine.objects.aggregate(total=Sum("amount"))["total"] == Decimal("14.50")
    assert Risk.objects.get().owner.name == "Ada Martin"
    events = facts_recorded()
    staged, _batch = load(book, file_name="suivi.xlsx")
    assert staged.plan.changes_nothing
    assert facts_recorded() == events


def test_parts_of_a_project_hang_off_it() -> None:
    load(csv_bytes([["Référence", "Nom du projet", "Projet parent"], ["R2", "Lot 1", "R1"], ["R1", "Réseau", ""]]))
    lot = Project.objects.get(external_ref="R2")
    assert lot.parent.external_ref == "R1"
    assert lot.path.startswith(lot.parent.path)


def test_queries_do_not_grow_with_the_file() -> None:
    def queries(count: int, portfolio: str) -> int:
        rows = [HEADER] + [
            [f"R{n}", f"P {n}", "Infra", "Ada", "en cours", "2026-12-31", "1", "2"] for n in range(count)
        ]
        with CaptureQueriesContext(connection) as seen:
            load(csv_bytes(rows), portfolio=portfolio)
        return len(seen)

    queries(1, "FIRST")  # also adds the person
    assert queries(1, "ONE") == queries(400, "MANY")


class TestRights:
    def test_the_pmo_of_everything_may_open_a_portfolio(self, ada: User) -> None:
        load_as(ada, csv_bytes(ROWS), "FRESH")
        assert Project.objects.filter(portfolio__code="FRESH").count() == 3

    @pytest.mark.parametrize("who", ["ben", "dan", "cleo", "eve", "omar"])
    def test_nobody_else_may_and_nothing_is_written(self, who: str, request: pytest.FixtureRequest) -> None:
        user = request.getfixturevalue(who)
        before = Project.objects.count()
        with pytest.raises(BadRows) as refused:
            load_as(user, csv_bytes(ROWS), "FRESH")
        assert [(p.code, p.row) for p in refused.value.staged.plan.errors] == [("not_allowed", n) for n in (2, 3, 4)]
        assert Project.objects.count() == before
        assert not Node.objects.filter(code="FRESH").exists()

    def test_a_project_manager_updates_their_own_project_and_no_other(self, ben: User) -> None:
        tram = [["Code", "Nom du projet", "Fin estimée"], ["TRAM", "Ligne de tram", "2027-03-31"]]
        load_as(ben, csv_bytes(tram), "NORTH")
        assert Project.objects.get(code="TRAM").forecast_end == date(2027, 3, 31)
        with pytest.raises(BadRows) as refused:
            load_as(ben, csv_bytes([*tram, ["NEW", "Un autre", "2027-01-01"]]), "NORTH")
        assert [(p.code, p.row) for p in refused.value.staged.plan.errors] == [("not_allowed", 3)]

    def test_a_hidden_project_answers_like_any_row_one_may_not_write(self, eve: User) -> None:
        with pytest.raises(BadRows) as refused:
            load_as(eve, csv_bytes([["Code", "Nom du projet"], ["SECRET", "x"], ["NOWHERE", "y"]]), "SOUTH")
        assert {(p.code, p.row) for p in refused.value.staged.plan.errors} == {("not_allowed", 2), ("not_allowed", 3)}

    def test_confidentiality_is_the_pmos(self, ben: User) -> None:
        rows = [["Code", "Nom du projet", "Confidentialité"], ["TRAM", "Ligne de tram", "confidentiel"]]
        with pytest.raises(BadRows) as refused:
            load_as(ben, csv_bytes(rows), "NORTH")
        assert [p.code for p in refused.value.staged.plan.errors] == ["not_allowed_field"]


class TestUndo:
    def test_an_import_is_taken_back_as_if_it_had_not_been(self) -> None:
        load(csv_bytes(ROWS))
        fields = ("external_ref", "name", "node__code", "state", "forecast_end", "project_manager__name")
        before = list(Project.objects.order_by("pk").values_list(*fields))
        lines = list(BudgetLine.objects.order_by("project", "month").values_list("project", "month", "kind", "amount"))
        newer = changed(changed(ROWS, 1, "Chef de projet", "Zoé Roux"), 2, "Budget révisé (k€)", "301")
        newer = changed(changed(newer, 3, "Programme", "RH"), 2, "janv. 2026", "55")
        _staged, batch = load(csv_bytes([*newer, ["R4", "Nouveau", "Neuf", "", "cadrage", "", "4", ""]]))
        assert Project.objects.count() == 4
        undo(batch.pk, by=None)
        assert list(Project.objects.order_by("pk").values_list(*fields)) == before
        assert (
            list(BudgetLine.objects.order_by("project", "month").values_list("project", "month", "kind", "amount"))
            == lines
        )
        assert not Node.objects.filter(name="Neuf").exists()
        batch.refresh_from_db()
        assert batch.state == "undone"

    def test_dates_and_forecasts_that_were_only_confirmed_go_back_too(self) -> None:
        def book(forecast: str) -> bytes:
            return xlsx_bytes(
                {
                    "Projets": [["Code", "Nom du projet", "Météo"], ["A1", "Réseau", "vert"]],
                    "Jalons": [["Projet", "Jalon", "Date estimée"], ["A1", "Recette", forecast]],
                }
            )

        load(book("2026-06-01"), file_name="s.xlsx", on=date(2026, 1, 31))
        _staged, batch = load(book("2026-07-01"), file_name="s.xlsx", on=date(2026, 2, 28))
        project = Project.objects.get()
        assert (project.data_date, project.declared_on) == (date(2026, 2, 28), date(2026, 2, 28))
        assert MilestoneForecast.objects.count() == 2
        undo(batch.pk, by=None)
        project.refresh_from_db()
        assert (project.data_date, project.declared_on) == (date(2026, 1, 31), date(2026, 1, 31))
        assert list(MilestoneForecast.objects.values_list("forecast_date", flat=True)) == [date(2026, 6, 1)]
        assert Milestone.objects.get().forecast_date == date(2026, 6, 1)

    def test_a_first_import_leaves_nothing_behind(self) -> None:
        _staged, batch = load(csv_bytes(ROWS))
        undo(batch.pk, by=None)
        assert not Project.objects.exists()
        assert not Node.objects.exists()

    def test_parts_of_parts_go_before_what_they_are_part_of(self) -> None:
        rows = [["Référence", "Nom du projet", "Projet parent"], ["R1", "A", ""], ["R2", "B", "R1"]]
        load(csv_bytes(rows[:2]))
        _staged, batch = load(csv_bytes([*rows, ["R3", "C", "R2"]]))
        assert Project.objects.get(external_ref="R3").parent.parent.external_ref == "R1"
        undo(batch.pk, by=None)
        assert list(Project.objects.values_list("external_ref", flat=True)) == ["R1"]

    def test_parts_in_a_circle_are_refused(self) -> None:
        rows = [
            ["Référence", "Nom du projet", "Projet parent"],
            ["R1", "A", "R3"],
            ["R2", "B", "R1"],
            ["R3", "C", "R2"],
        ]
        with pytest.raises(BadRows) as refused:
            load(csv_bytes([*rows, ["R4", "D", "R1"]]))
        assert [(p.code, p.row) for p in refused.value.staged.plan.errors] == [("parent_circle", n) for n in (2, 3, 4)]

    def test_not_once_someone_changed_a_record_since(self) -> None:
        _staged, batch = load(csv_bytes(ROWS))
        project = Project.objects.get(external_ref="R1")
        Project.objects.filter(pk=project.pk).update(name="Réseaux")
        with pytest.raises(CannotUndo, match="Réseau"):
            undo(batch.pk, by=None)
        assert Project.objects.count() == 3

    def test_not_after_a_day_nor_twice(self) -> None:
        _staged, batch = load(csv_bytes(ROWS))
        ImportBatch.objects.filter(pk=batch.pk).update(applied_at=timezone.now() - timedelta(hours=25))
        with pytest.raises(CannotUndo):
            undo(batch.pk, by=None)
        ImportBatch.objects.filter(pk=batch.pk).update(applied_at=timezone.now())
        undo(batch.pk, by=None)
        with pytest.raises(CannotUndo):
            undo(batch.pk, by=None)

    def test_only_by_those_who_may_import_there(self, ada: User, cleo: User) -> None:
        _staged, batch = load_as(ada, csv_bytes(ROWS), "NORTH")
        with pytest.raises(NotAllowed):
            undo(batch.pk, by=cleo)


@pytest.mark.parametrize("told", ["0%", "0", "0,0"])
def test_no_progress_is_a_fact_and_not_a_missing_one(told: str) -> None:
    header = ["Référence", "Nom du projet", "Avancement"]
    load(csv_bytes([header, ["R1", "Réseau", told]]))
    assert Project.objects.get().percent_complete == 0
    load(csv_bytes([header, ["R1", "Réseau", "40%"]]))
    assert Project.objects.get().percent_complete == 40
    staged, _batch = load(csv_bytes([header, ["R1", "Réseau", told]]))
    assert staged.plan.count("update") == 1
    assert Project.objects.get().percent_complete == 0
    again, _batch = load(csv_bytes([header, ["R1", "Réseau", told]]))
    assert again.plan.count("unchanged") == 1


def test_a_person_written_in_two_ways_is_one_person_and_no_change() -> None:
    rows = changed(ROWS, 3, "Chef de projet", "ADA martin")
    load(csv_bytes(rows))
    assert Person.objects.filter(name__iexact="ada martin").count() == 1
    again, _batch = load(csv_bytes(rows))
    assert (again.plan.count("unchanged"), again.plan.count("update")) == (3, 0)


def test_the_history_of_a_new_project_names_its_manager() -> None:
    load(csv_bytes(ROWS))
    project = Project.objects.get(external_ref="R1")
    event = audit.history_of(project).get(action="create")
    assert event.changes["project_manager"] == [None, project.project_manager_id]
