"""Files of requests for people: long as our export writes them, wide as people keep them; compared, written whole, taken back."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import Workbook

from pmo_portal.core import trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.exchange.models import ImportBatch
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.table import Row, Sheet, Source
from projects.exchange.workbooks import xlsx
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.services import Whom, confirm_allocation, split_allocation
from projects.roster.lines import Plan
from projects.roster.requests import services
from projects.roster.requests.headings import Unreadable
from projects.roster.requests.reading import requests, written
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.make import TODAY
from tests.projects.exchange.files import csv_bytes
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
# A plan as a project office keeps it: title above, a total below, month cells as Excel holds them.
WIDE: list[list[Any]] = [
    ["Plan de charge 2027 – Direction des systèmes"],
    [],
    ["Projet", "Profil", "Compétence", "Niveau", "Entité", "Ressource", "Ferme / prévisionnel", "Commentaire", JAN, FEB, MAR,
     "Total"],
    ["TRAM", "Développeur", "Java", 3, "DSI", "MARTIN Zoé", "Ferme", "Lot 1", 10, 7.5, "8,25", 25.75],
    ["Ligne de tram", "Architecte", "", "", "", "N.N.", "Prévisionnel", "", 2, None, "-", 2],
    ["HARBOUR", "développeur", "", "", "", "", "", "", FormattedNumber(0.5, "0%"), FormattedNumber(1, "0%"), None, None],
    ["Total", None, None, None, None, None, None, None, 12, 7.5, 8.25, 27.75],
]  # fmt: skip


@pytest.fixture
def words(world: World) -> None:
    make.role("DEV", name="Développeur"), make.role("ARC", name="Architecte")
    make.skill("JAVA", name="Java"), make.unit("DSI", name="DSI"), make.person("Zoé Martin")


def brought(by: User, rows: list[list[Any]], name: str = "plan.csv", home: Any = None) -> ImportBatch:
    content = xlsx([("Plan", rows)]) if name.endswith("xlsx") else csv_bytes(rows, delimiter=";")
    return services.stage_file(by=by, content=content, file_name=name, home=home)


def plan_of(by: User, rows: list[list[Any]], home: Any = None) -> Plan:
    """What the rows would change, read without a file."""
    sheet = Sheet("Plan", tuple(Row(n, tuple(cells)) for n, cells in enumerate(rows, 1)))
    return requests(Source("xlsx", (sheet,)), by=by, home=home)


def wrote(by: User, rows: list[list[Any]]) -> Plan:
    plan = plan_of(by, rows)
    assert not plan.refused, [line.errors for line in plan.refused]
    with trace.tracing(source="import"):
        services.write(list(written(plan)), by=by)
    return plan


def seen(by: User, rows: list[list[Any]]) -> dict[str, int]:
    plan = plan_of(by, rows)
    found = {name: plan.count(name) for name in ("created", "updated", "unchanged", "refused", "left_out")}
    return {name: count for name, count in found.items() if count}


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.report["counts"].items() if count}


def asked(**of: Any) -> dict[str, Decimal]:
    months = AllocationMonth.objects.filter(**{f"allocation__{name}": value for name, value in of.items()})
    return {f"{month:%m}": amount for month, amount in months.values_list("month", "asked")}


@pytest.mark.usefixtures("words")
def test_a_plan_of_excel_comes_in_and_again_without_a_change(ada: User, world: World) -> None:
    batch = brought(ada, WIDE, "plan.xlsx")
    assert counts(batch) == {"created": 3, "left_out": 1}, batch.report["lines"].get("refused")
    assert batch.report["unread"] == ["Total"]
    assert not Allocation.objects.exists()
    services.apply(batch=batch, by=ada)
    dev = Allocation.objects.get(role__code="DEV", project=world.tram)
    assert (dev.skill.code, dev.level, dev.unit.code, dev.person.name) == ("JAVA", 3, "DSI", "Zoé Martin")
    assert (dev.firmness, dev.measure, dev.note, dev.status, dev.asked_by) == (
        "hard",
        "days",
        "Lot 1",
        "requested",
        ada,
    )
    assert asked(pk=dev.pk) == {"01": 10, "02": Decimal("7.5"), "03": Decimal("8.25")}
    architect = Allocation.objects.get(role__code="ARC")
    assert (architect.firmness, architect.person, asked(pk=architect.pk)) == ("tentative", None, {"01": 2})
    harbour = Allocation.objects.get(project=world.harbour)
    assert (harbour.measure, asked(pk=harbour.pk)) == ("percent", {"01": 50, "02": 100})
    assert seen(ada, WIDE) == {"unchanged": 3, "left_out": 1}
    rows = [list(row) for row in WIDE]
    rows[3][8], rows[4][9] = 12, 4
    assert seen(ada, rows) == {"updated": 2, "unchanged": 1, "left_out": 1}
    assert wrote(ada, rows).lines[0].changes == {"2027-01": ("10.00", "12.00")}
    assert asked(pk=dev.pk)["01"] == 12
    assert seen(ada, rows) == {"unchanged": 3, "left_out": 1}


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(("language", "kind"), [("fr", "csv"), ("en", "xlsx")])
def test_what_we_export_comes_back_and_changes_nothing(ada: User, world: World, language: str, kind: str) -> None:
    role, zoe = make.role("PIL", name="Pilote"), make.person("Max Petit")
    unit = make.unit("RH", name="=RH")
    make.allocation(world.tram, role=role, months={JAN: "2.5", FEB: (4, 4)}, person=zoe, status="confirmed", answered_on=TODAY,
                    note="- suivi\ndu lot 1")  # fmt: skip
    make.allocation(
        world.tram, role=role, unit=unit, months={JAN: "0.5", FEB: 0}, measure="percent", firmness="tentative"
    )
    split = make.allocation(world.harbour, role=role, months={JAN: 6, FEB: 1})
    make.allocation(world.harbour, role=role, months={JAN: 4}, origin=split)
    make.allocation(world.harbour, role=role, months={MAR: 4}, origin=split)
    make.allocation(make.project("OLD", node=world.north, state="closed"), role=role)
    before = list(AllocationMonth.objects.order_by("pk").values())
    with translation.override(language):
        client = client_of(ada)
        ada.language = language
        ada.save()
        sent = client.post("/allocations/export/?view=all", {"format": kind}, headers={"accept-language": language})
        assert sent.status_code == 200
        batch = services.stage_file(by=ada, content=sent.content, file_name=f"demandes.{kind}")
    assert counts(batch) == {"unchanged": 6}, batch.report["lines"]
    assert len(batch.report["ignored"]) == 5
    assert not batch.report["unread"]
    services.apply(batch=batch, by=ada)
    assert list(AllocationMonth.objects.order_by("pk").values()) == before


@pytest.mark.usefixtures("words")
def test_headings_of_months_in_every_spelling(ada: User) -> None:
    spellings = [
        "2027-01",
        "02/2027",
        "mars 2027",
        "Apr 2027",
        "mai 27",
        "01/06/2027",
        "juil. 2027 (j.h)",
        "août-27",
        "Sept 2027",
    ]
    wrote(ada, [["Code projet", "Rôle", *spellings, "Réalisé oct. 2027"], ["TRAM", "DEV", *range(1, 11)]])
    assert asked() == {f"{n:02}": n for n in range(1, 10)}


@pytest.mark.usefixtures("words")
def test_full_time_equivalents_are_read_under_their_heading_alone(ada: User, ben: User) -> None:
    wrote(ben, [["Projet", "Profil", "Mois", "ETP"], ["TRAM", "DEV", "2027-01", "0.8"]])
    row = Allocation.objects.get()
    assert (row.measure, asked()) == ("percent", {"01": 80})
    rows = [["Projet", "Profil", "Exprimée en", "2027-01"], ["TRAM", "ARC", "%", "0.8"], ["TRAM", "ARC", "ETP", "1"]]
    assert [list(line.errors) for line in plan_of(ben, rows).refused] == [["2027-01"], ["measure"]]


@pytest.mark.usefixtures("words")
def test_an_answer_does_not_double_what_was_asked(ada: User, world: World) -> None:
    """Who it is and a part that somebody else has are of the answer: the plan that named nobody means the same request."""
    plan = [["Projet", "Profil", "2027-01"], ["TRAM", "DEV", 10]]
    wrote(ada, plan)
    row, zoe, max_ = Allocation.objects.get(), make.person("Zoé"), make.person("Max")
    piece = split_allocation(
        allocation=row, by=ada, version=row.version, on=TODAY, part={JAN: Decimal(4)}, whom=Whom(zoe), confirm=True
    )
    assert seen(ada, plan) == {"unchanged": 1}
    row.refresh_from_db()
    confirm_allocation(allocation=row, by=ada, version=row.version, on=TODAY, whom=Whom(max_))
    assert seen(ada, plan) == {"unchanged": 1}
    [line] = wrote(ada, [plan[0], ["TRAM", "DEV", 12]]).lines
    assert line.changes == {"2027-01": ("10.00", "12.00"), "status": ("confirmed", "changed")}
    assert line.what == "TRAM · Développeur · Max"
    row.refresh_from_db()
    assert (asked(pk=row.pk), asked(pk=piece.pk), row.status) == ({"01": 8}, {"01": 4}, "changed")
    assert seen(ada, [plan[0], ["TRAM", "DEV", 12]]) == {"unchanged": 1}


@pytest.mark.usefixtures("words")
def test_alike_requests_are_told_apart_by_note_and_order_or_refused(ada: User, world: World) -> None:
    head = ["Projet", "Profil", "Note", "2027-01"]
    two = [head, ["TRAM", "DEV", "Lot 1", 5], ["TRAM", "DEV", "Lot 2", 6]]
    wrote(ada, two)
    assert seen(ada, [two[0], two[2], two[1]]) == {"unchanged": 2}
    wrote(ada, [head, ["TRAM", "DEV", "Lot 2", 9]])
    assert (asked(note="Lot 1"), asked(note="Lot 2")) == ({"01": 5}, {"01": 9})
    [line] = plan_of(ada, [["Projet", "Profil", "2027-01"], ["TRAM", "DEV", 3]]).refused
    assert "2 requests here are alike" in line.errors["note"]


@pytest.mark.usefixtures("words")
def test_what_the_file_has_no_column_for_is_not_compared(ada: User, world: World) -> None:
    wrote(ada, [["Projet", "Profil", "Compétence", "2027-01"], ["TRAM", "DEV", "", 10], ["TRAM", "DEV", "Java", 5]])
    plain = ["Projet", "Profil", "2027-01"]
    assert seen(ada, [plain, ["TRAM", "DEV", 10]]) == {"unchanged": 1}
    assert seen(ada, [plain, ["TRAM", "DEV", 6]]) == {"refused": 1}
    wrote(ada, [["Projet", "Profil", "Ferme", "2027-02"], ["TRAM", "ARC", "oui", 1], ["TRAM", "ARC", "non", 2]])
    assert seen(ada, [["Projet", "Profil", "2027-02"], ["TRAM", "ARC", 1], ["TRAM", "ARC", 2]]) == {"unchanged": 2}


@pytest.mark.usefixtures("words")
def test_figures_mean_what_their_line_says(ada: User, world: World) -> None:
    """Equivalents are rounded once they are per cents; zeros are of either measure; measures that differ are refused."""
    wrote(ada, [["Projet", "Profil", "ETP 2027-01", "ETP 2027-02"], ["TRAM", "DEV", 0.125, "0.3333"]])
    assert asked() == {"01": Decimal("12.5"), "02": Decimal("33.33")}
    plain = ["Projet", "Profil", "2027-01", "2027-02"]
    half = FormattedNumber(0.5, "0%")
    [line] = plan_of(ada, [plain, ["TRAM", "DEV", 0, ""]]).lines
    assert line.changes == {"2027-01": ("12.50", "0.00"), "2027-02": ("33.33", "0.00")}
    assert seen(ada, [plain, ["TRAM", "ARC", half, 0]]) == {"created": 1}
    for heads, cells in (
        (["Jours 2027-01", "2027-02"], [half, ""]),
        (["ETP 2027-01", "2027-02"], [0.5, 10]),
        (["2027-01", "2027-02"], [half, 10]),
        (["ETP 2027-01", "2027-02"], [0.00001, ""]),
    ):
        assert seen(ada, [["Projet", "Profil", *heads], ["TRAM", "ARC", *cells]]) == {"refused": 1}
    assert seen(ada, [["Projet", "Profil", "Mois", "Charge (%)"], ["TRAM", "ARC", "2027-01", 0.5]]) == {"refused": 1}
    american = [["TRAM", "ARC", f"{month:02}/01/2027", month] for month in range(1, 13)]
    [line] = plan_of(ada, [["Project", "Role", "Month", "Asked"], *american]).lines
    assert sorted(line.months.values()) == list(range(1, 13))


@pytest.mark.usefixtures("words")
def test_what_was_looked_at_is_what_is_written(ada: User, ben: User, world: World) -> None:
    batch = brought(ada, [["Projet", "Profil", "2027-01"], ["TRAM", "DEV", 10]])
    wrote(ben, [["Projet", "Profil", "2027-01"], ["TRAM", "DEV", 4]])
    with pytest.raises(DomainError, match="look again") as told:
        services.apply(batch=batch, by=ada)
    assert (told.value.status, asked()) == (409, {"01": 4})
    batch.refresh_from_db()
    assert counts(batch) == {"updated": 1}
    first, second = ImportBatch.objects.get(pk=batch.pk), ImportBatch.objects.get(pk=batch.pk)
    services.apply(batch=first, by=ada)
    assert asked() == {"01": 10}
    with pytest.raises(DomainError, match="no longer waiting"):
        services.apply(batch=second, by=ada)  # a second click, which had read the import before the first wrote it
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("applied", {"updated": 1})


@pytest.mark.usefixtures("words")
def test_rights_are_those_of_each_line(ben: User, dan: User, world: World) -> None:
    """What one may not see is not found; what one may only read, and what is over, says so; nothing is half written."""
    make.member(ben, "viewer", on=world.south)
    over = make.project("OVER", node=world.rail, state="closed")
    make.member(ben, "project_manager", on=over)
    head = ["Projet", "Profil", "2027-01"]
    batch = brought(ben, [head, ["SECRET", "DEV", 5], ["HARBOUR", "DEV", 5], ["OVER", "DEV", 5], ["TRAM", "DEV", 5]])
    told = {line["row"]: line["errors"][0] for line in batch.report["lines"]["refused"]}
    assert {row: field for row, (field, _words) in told.items()} == {2: "project", 3: "project", 4: "project"}
    assert "No project called “SECRET” was found" in told[2][1]
    assert "not ask for people on it" in told[3][1]
    assert "OVER is over" in told[4][1]
    with pytest.raises(DomainError, match="3 lines are refused"):
        services.apply(batch=batch, by=ben)
    assert not Allocation.objects.exists()
    services.apply(batch=batch, by=ben, skip_bad_rows=True)
    assert Allocation.objects.get().project == world.tram
    with pytest.raises(NotAllowed):
        brought(dan, [head, ["TRAM", "DEV", 5]])
    assert plan_of(ben, [["Profil", "2027-01"], ["ARC", 2]], world.tram).count("created") == 1
    with pytest.raises(Unreadable, match="No column names the project"):
        plan_of(ben, [["Profil", "2027-01"], ["ARC", 2]])


@pytest.mark.usefixtures("words")
def test_a_bad_cell_says_where_and_what_to_do(ben: User) -> None:
    head = ["Projet", "Profil", "Compétence", "Niveau", "Personne", "Engagement", "Mois", "Charge (j.h)"]
    bad = plan_of(ben, [head, ["TRAM", "Pilote", "Cobol", "9", "Toto", "bof", "T1 2027", "douze"],
                        ["", "DEV", "", "2", "", "", "", ""], ["TRAM", "DEV", "", "", "Zoé Martin", "", JAN, 25]])  # fmt: skip
    first, second, third = bad.refused
    assert first.errors.keys() == {"role", "skill", "level", "person", "firmness", "month"}
    assert list(second.errors) == ["project"]
    assert third.errors == {"2027-01": "25 days are more than one person has: the month has 21 working days."}
    for rows, words in (
        ([["Projet", "Profil", "Janvier", "Février"], ["TRAM", "DEV", 1, 2]], "“Janvier” has no year"),
        ([["Projet", "Profil"], ["TRAM", "DEV"]], "No months were found"),
        ([["Couleur", "Forme"], ["bleu", "rond"]], "No table of requests"),
        ([["Projet", "Profil", "2027-01", "janv. 2027"], ["TRAM", "DEV", 1, 2]], "are the same month"),
        ([["Projet", "Profil", "01/02/2027", "08/02/2027"], ["TRAM", "DEV", 1, 2]], "not a week or a day"),
    ):
        with pytest.raises(Unreadable, match=words):
            plan_of(ben, rows)


HEADS = ["Projet", "Profil", "2027-01", "2027-02"]
OUT, NO = "left_out", "refused"


@pytest.mark.usefixtures("words")
def test_each_line_that_asks_nothing_is_listed_with_why(ada: User) -> None:
    """Sums, notes, headings again: what is no request stands in the report with its line."""
    sums = [["Total TRAM", None, 1, 2], [None, None, 9, 9], ["TRAM", "Sous-total", 1, 2], ["Somme", None, 9, 9]]
    notes = [["Lot 2"], HEADS, ["TRAM", "ARC", "", 0]]
    plan = plan_of(ada, [HEADS, ["TRAM", "DEV", 1, 2], *sums, *notes])
    assert [(line.row, line.outcome) for line in plan.lines] == [(2, "created"), *((row, OUT) for row in range(3, 10))]
    why = [line.more["why"] for line in plan.lines[1:]]
    assert why == [
        "“Total TRAM” is a sum of other lines.", "It has figures and no word, as a sum has.",
        "“Sous-total” is a sum of other lines.", "“Somme” is a sum of other lines.", "It has neither a role nor a figure.",
        "It has the headings once more.", "It asks for nothing in any month.",
    ]  # fmt: skip
    assert seen(ada, [HEADS, ["Total Sud", "DEV", 1, 2]]) == {OUT: 1}
    make.project("SUD", node=make.node(), name="Total Sud")
    assert seen(ada, [HEADS, ["Total Sud", "DEV", 1, 2]]) == {"created": 1}


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        (["TRAM", "DEV", "1,500", ""], "2027-01", "“1,500” could be 1.5 or 1500"),
        (["TRAM", "DEV", "1.500", "2,000"], "2027-02", "“2,000” could be 2 or 2000"),
        (["TRAM", "DEV", "2 FTE", ""], "2027-01", "write “FTE” in the heading"),
        (["TRAM", "DEV", FormattedNumber(0.5, '0.0" ETP"'), ""], "2027-01", "write “FTE” in the heading"),
        (["TRAM", "DEV", FormattedNumber(1500, "#,##0,"), ""], "2027-01", "another number than the cell holds, 1500"),
        (["TRAM", "DEV", "5?", ""], "2027-01", "“5?” is no number"),
        (["TRAM", "DEV", "#DIV/0!", 1], "2027-01", "C2 is a formula that failed (#DIV/0!)"),
        (["TRAM", "#N/A", 1, 1], "role", "B2 is a formula that failed (#N/A)"),
        (["TRAM", "n/a", 1, 1], "role", "Say which role"),
    ],
)
def test_no_figure_is_guessed(ada: User, cells: list[Any], field: str, words: str) -> None:
    [line] = plan_of(ada, [HEADS, cells]).lines
    assert (line.outcome, words in line.errors[field]) == (NO, True), line.errors


@pytest.mark.usefixtures("words")
def test_months_on_two_lines_in_columns_and_in_any_order(ada: User) -> None:
    line = ["TRAM", "DEV", 1, 2, 3]
    above = [["", "", 2027, None, "2028"], ["Projet", "Profil", "Nov.", "Déc.", "Janv."], line]
    beside = [["Projet", "Profil", "2027", "", "2028"], ["", "", "Nov.", "Déc.", "Janv."], line]
    for rows in (above, beside):
        assert list(plan_of(ada, rows).lines[0].months) == [date(2027, 11, 1), date(2027, 12, 1), date(2028, 1, 1)]
    compact = [["Projet", "Profil", 202701, "2027M02", "M3 2027"], line]
    assert list(plan_of(ada, compact).lines[0].months) == [JAN, FEB, MAR]
    for heads, words in (
        (["2027", "", ""], "“Janv.” has no year"),
        (["janv. 2027", "févr.", "mars"], "“févr.” has no year"),
        (["2027-01", "Q1 2027", ""], "“Q1 2027” is more than one month"),
        (["T1 2027", "T2 2027", "T3 2027"], "“T1 2027” is more than one month"),
        ([JAN, "#REF!", MAR], "D1 is a formula that failed"),
    ):
        second = [["", "", "Nov.", "Déc.", "Janv."]] if heads[0] == "2027" else []
        with pytest.raises(Unreadable, match=words):
            plan_of(ada, [["Projet", "Profil", *heads], *second, line])
    whole = [["Projet", "Profil", "2027-01", "2027-02", "2027-03", "T1 2027"], [*line, 6]]
    assert plan_of(ada, whole).unread == ["T1 2027"]
    long = [["Projet", "Profil", "Mois", "Charge"], *(["TRAM", "DEV", day, 1] for day in ("01/02/2027", "02/01/2027"))]
    assert ["could be in either" in one.errors["month"] for one in plan_of(ada, long).refused] == [True, True]


@pytest.mark.usefixtures("words")
def test_what_a_workbook_hides_and_has_not_computed_is_told(ada: User) -> None:
    rows = [
        [*HEADS[:2], JAN, FEB],
        ["TRAM", "DEV", "=1+1", 2],
        ["TRAM", "ARC", 1, 2],
        ["Total", None, "=SUM(C2:C3)", 4],
    ]
    book = Workbook()
    for title in ("Plan", "Copie", "Ancien"):
        sheet = book.create_sheet(title) if title != "Plan" else book.active
        for row in rows if title != "Copie" else [rows[0], rows[2]]:
            sheet.append(row)
    book.active.row_dimensions[3].hidden = True
    book["Ancien"].sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    batch = services.stage_file(by=ada, content=out.getvalue(), file_name="plan.xlsx")
    assert counts(batch) == {"created": 2, NO: 1, OUT: 1}
    [line] = batch.report["lines"][NO]
    assert dict(line["errors"])["2027-01"].startswith("C2 is a formula without a stored result: open the workbook")
    told = " ".join(batch.report["notices"])
    for words in (
        "“Ancien” is hidden",
        "Hidden or filtered rows were read as well (1)",
        "Several sheets were read: Sheet, Copie",
    ):
        assert words in told
    page = client_of(ada).get(f"/allocations/import/{batch.pk}/").content.decode()
    for words in ("Left out", "“Total” is a sum of other lines.", "Copie · Line 2", "is hidden"):
        assert words in page


@pytest.mark.usefixtures("words")
def test_an_import_is_taken_back_whole_as_long_as_nobody_changed_it(ada: User, ben: User, world: World) -> None:
    zoe = make.person("Max")
    kept = make.allocation(world.tram, role=make.role("PIL", name="Pilote"), months={JAN: (5, 5), FEB: 3}, person=zoe,
                           status="confirmed", answered_on=TODAY)  # fmt: skip
    before = list(AllocationMonth.objects.values("pk", "month", "asked", "granted"))
    head = ["Projet", "Profil", "Personne", "Note", "2027-01", "2027-02", "2027-03"]
    batch = brought(ben, [head, ["TRAM", "PIL", "Max", "Lot 3", 8, "", 2], ["TRAM", "DEV", "", "", 1, 1, 1]])
    services.apply(batch=batch, by=ben)
    kept.refresh_from_db()
    assert (kept.status, kept.note, asked(pk=kept.pk)) == ("changed", "Lot 3", {"01": 8, "03": 2})
    told = AuditEvent.objects.filter(request_id=batch.request_id)
    assert {(event.source, event.actor) for event in told.exclude(target_type=ImportBatch._meta.label)} == {
        ("import", ben)
    }
    services.take_back(batch=batch, by=ben)
    kept.refresh_from_db()
    assert (kept.status, kept.note, Allocation.objects.count()) == ("confirmed", "", 1)
    assert list(AllocationMonth.objects.order_by("month").values("pk", "month", "asked", "granted")) == before
    batch = brought(ben, [head, ["TRAM", "DEV", "", "", 1, 1, 1]])
    services.apply(batch=batch, by=ben)
    row = Allocation.objects.get(role__code="DEV")
    confirm_allocation(allocation=row, by=ada, version=row.version, on=TODAY, whom=Whom(zoe))
    with pytest.raises(DomainError, match="changed again since"):
        services.take_back(batch=batch, by=ben)
    assert asked(pk=row.pk) == {"01": 1, "02": 1, "03": 1}


@pytest.mark.usefixtures("words")
def test_many_lines_are_as_many_statements_as_few(ada: User, world: World) -> None:
    """Read and written by the thousand: what a file costs is its lines, not a statement for each."""

    def statements(lines: int, first: int) -> tuple[int, int]:
        rows = [["TRAM", "DEV", f"Lot {first + n}", 1, 2, 3] for n in range(lines)]
        with CaptureQueriesContext(connection) as staged:
            batch = brought(ada, [["Projet", "Profil", "Note", "2027-01", "2027-02", "2027-03"], *rows])
        with CaptureQueriesContext(connection) as done:
            services.apply(batch=batch, by=ada)
        assert counts(batch) == {"created": lines}
        return len(staged), len(done)

    statements(2, 0)
    assert statements(2, 100) == statements(40, 200)


@pytest.mark.usefixtures("words")
def test_the_pages(ben: User, cleo: User, omar: User, world: World) -> None:
    client = client_of(ben)
    team = client.get(f"/projects/{world.tram.pk}/team/").content.decode()
    assert f"/allocations/import/?project={world.tram.pk}" in team
    address = f"/allocations/import/?project={world.tram.pk}"
    assert client.get(address).status_code == 200
    assert client_of(cleo).get(address).status_code == 403
    assert client_of(omar).get(address).status_code == 404
    assert client.get(f"/allocations/import/?project={world.secret.pk}").status_code == 404
    batch = brought(ben, [["Profil", "2027-01", "Couleur"], ["DEV", "2,5", ""], ["Pilote", 1, ""]], home=world.tram)
    review = f"/allocations/import/{batch.pk}/"
    shown = client.get(review).content.decode()
    assert all(words in shown for words in ("1 to add", "Line 3", "Couleur"))
    assert client.post(review, {"do": "apply"}).status_code == 422
    assert client.post(review, {"do": "apply", "skip": "1"}).status_code == 302
    assert asked() == {"01": Decimal("2.5")}
    assert client_of(cleo).get(review).status_code == 404
    assert client.post(review, {"do": "undo"}).status_code == 302
    assert not Allocation.objects.exists()


@pytest.mark.usefixtures("words")
def test_the_api(ben: User, dan: User, world: World) -> None:
    api = Api(ben)

    def sent(rows: list[list[Any]], api: Api = api, **fields: Any) -> Any:
        file = SimpleUploadedFile("plan.csv", csv_bytes(rows))
        return api.client.post("/api/v1/allocation-imports/", {**fields, "file": file}, headers=api.headers)

    rows = [["Profil", "2027-01"], ["DEV", 4]]
    staged = sent(rows, dry_run="true", project=world.tram.pk)
    assert (staged.status_code, staged.json()["report"]["counts"]["created"]) == (201, 1), staged.content
    item = f"allocation-imports/{staged.json()['id']}/"
    assert api.post(f"{item}apply/", {}, version=staged.headers["ETag"]).json()["state"] == "applied"
    assert asked() == {"01": 4}
    assert api.post(f"{item}undo/", None, version=api.get(item).headers["ETag"]).json()["state"] == "undone"
    assert not Allocation.objects.exists()
    refused = sent([["Projet", "Profil", "2027-01"], ["SECRET", "DEV", 4]])
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "rows[2].project")
    assert sent(rows, project=world.secret.pk).status_code == 404
    assert sent(rows, Api(dan)).status_code == 403
    assert Api(dan).get("allocation-imports/").status_code == 403
