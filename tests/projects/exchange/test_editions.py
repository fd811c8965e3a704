"""Editions that the portal has not seen: the words mean the same, the layout does not matter. Made-up rows in true layouts."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from projects.exchange.services.undo import undo
from projects.models import BudgetLine, Milestone, Node, Project
from tests.projects.exchange.files import csv_bytes, facts_recorded, load, xlsx_bytes

pytestmark = pytest.mark.django_db

T = "T00:00:00.000"
GMPP_2022 = [
    "GMPP ID Number", "Project Name", "Department", "Annual Report Category", "Description / Aims",
    "IPA Delivery Confidence Assessment\n(A Delivery Confidence Assessment of the project at a fixed point in time)",
    "SRO Delivery Confidence Assessment", "Departmental commentary on actions planned or taken on the IPA RAG rating.",
    "Project - Start Date\n(Latest Approved Start Date)", "Project - End Date\n(Latest Approved End Date)",
    "Departmental narrative on schedule, including any deviation from planned schedule (if necessary)",
    "Financial Year Baseline (£m) (including Non-Government Costs)",
    "Financial Year Forecast (£m) (including Non-Government Costs)", "Financial Year Variance (%)",
    "Departmental narrative on budget/forecast variance for 2021/22 (if variance is more than 5%)",
    "TOTAL Baseline Whole Life Costs (£m) (including Non-Government Costs)",
    "Departmental Narrative on Budgeted Whole Life Costs", "TOTAL Baseline Benefits (£m)",
    "Departmental Narrative on Budgeted Benefits",
]  # fmt: skip


EXEMPT = "Exempt under Section 43"


def gmpp_2022_row(number: str, name: str, ipa: str, end: object, cost: object) -> list[object]:
    return [
        number, name, "DfT", "Infrastructure and Construction", "To build it", ipa, "Green", "Some commentary",
        datetime(2020, 4, 1), end, "On schedule", 100.5, 98, 0.02, "Less than 5%", cost, "No change", 3, "None",
    ]  # fmt: skip


def test_the_long_headers_of_2022_in_a_workbook() -> None:
    book = xlsx_bytes(
        {
            "GMPP data": [
                GMPP_2022,
                gmpp_2022_row("DFT_0001_1112-Q1", "Crossrail Programme", "Amber", datetime(2023, 5, 31), 18_900.1),
                gmpp_2022_row("DFT_0002_2122-Q1", "A tunnel", EXEMPT, EXEMPT, EXEMPT),
            ]
        }
    )  # fmt: skip
    staged, _batch = load(book, profile="gmpp", file_name="IPA_AR_2022_data.xlsx")
    assert (staged.plan.errors, staged.plan.on) == ([], date(2022, 7, 15))
    crossrail = Project.objects.get(external_ref="DFT_0001_1112-Q1")
    assert (crossrail.declared, crossrail.forecast_end, crossrail.node.code) == ("amber", date(2023, 5, 31), "GMPP-DFT")
    lines = {(line.month, line.kind, line.category): line.amount for line in crossrail.budget_lines.all()}
    assert lines == {
        (None, "revised", ""): Decimal("18900100000.00"),
        (date(2021, 4, 1), "revised", "fiscal_year"): Decimal("100500000.00"),
        (date(2021, 4, 1), "forecast", "fiscal_year"): Decimal("98000000.00"),
    }
    tunnel = Project.objects.get(name="A tunnel")
    assert (tunnel.declared, tunnel.declared_label, tunnel.forecast_end) == (
        "not_rated",
        "Exempt under Section 43",
        None,
    )
    assert not tunnel.budget_lines.filter(month=None).exists()


def gmpp_2023(fiscal: str) -> list[str]:
    """The headers of a later edition, the year inside them, the body renamed."""
    commentary = "Departmental narrative on budget/forecast variance for 2021/22 (if variance is more than 5%)"
    told = [header.replace("Financial Year", fiscal).replace("IPA Delivery", "NISTA Delivery") for header in GMPP_2022]
    return [header.replace("2021/22", fiscal) if header == commentary else header for header in told]


def typed(row: list[object]) -> list[str]:
    """A row as a department types it into a text file."""
    return [f"{cell:%d/%m/%Y}" if isinstance(cell, datetime) else str(cell) for cell in row]


@pytest.mark.parametrize("fiscal", ["Financial Year 22/23", "Financial Year 2023/24", "2023-24", "FY24/25"])
@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16-le-bom", "\t")])
def test_later_editions_name_their_year_in_the_headers_and_rate_in_three_levels(
    fiscal: str, encoding: str, delimiter: str
) -> None:
    rows = [
        gmpp_2023(fiscal),
        typed(gmpp_2022_row("DFT_1", "Line – north", "Amber", datetime(2031, 3, 31), "£1,200.50")),
        typed(gmpp_2022_row("MOD_1", "Ships", "Red", datetime(2030, 3, 31), "900")),
        typed(gmpp_2022_row("HO_1", "Passports", "Green", datetime(2027, 3, 31), EXEMPT)),
        typed(gmpp_2022_row("HO_2", "Borders", EXEMPT, EXEMPT, EXEMPT)),
    ]
    content = csv_bytes(rows, encoding=encoding, delimiter=delimiter)
    staged, _batch = load(content, profile="gmpp", file_name="download.csv")
    year = 2000 + int(fiscal[-2:])
    assert (staged.plan.errors, staged.plan.on, staged.plan.rows) == ([], date(year, 7, 15), 4)
    declared = Project.objects.order_by("external_ref").values_list("external_ref", "declared")
    assert dict(declared) == {"DFT_1": "amber", "MOD_1": "red", "HO_1": "green", "HO_2": "not_rated"}
    of_year = BudgetLine.objects.filter(category="fiscal_year", month=date(year - 1, 4, 1))
    assert {(line.kind, line.amount) for line in of_year} == {
        ("revised", Decimal("100500000.00")),
        ("forecast", Decimal("98000000.00")),
    }
    assert of_year.count() == BudgetLine.objects.exclude(month=None).count() == 8
    costs = dict(BudgetLine.objects.filter(month=None).values_list("project__external_ref", "amount"))
    assert costs == {"DFT_1": Decimal("1200500000.00"), "MOD_1": Decimal("900000000.00")}


def test_the_first_layout_of_2013_across_the_columns() -> None:
    rows = [
        ["Project name", "The Francis Crick Institute (formerly UKCMRI)", "Old name of a railway", "Third Project"],
        ["Department", "BIS", "DfT", "MOD"],
        ["MPA RAG rating\n(five-point scale)", "Amber/Green", "Reset", "Amber/ Red"],
        ["Project – Start Date", "01/10/2006", "13/02/2009", "TBC"],
        ["Project – End Date", "21/12/2017", "31/03/2020", "31/12/2016"],
        ["2012/2013 Budget (£million)", "£112.00", "£1,234.50m", "-"],
        ["2012/2013 Forecast (£million)", "£112.00", "£1,200m", "n/a"],
        ["Total budgeted whole life costs (£million)\n(including non-government costs)", "753", "£14.5bn", "Exempt"],
        ["", "", "", ""],
        ["The annual report publishes the whole life cost of each project.", "", "", ""],
    ]
    staged, _batch = load(csv_bytes(rows, encoding="cp1252"), profile="gmpp", file_name="uk_2013.csv")
    assert (staged.plan.errors, staged.plan.on, staged.plan.rows) == ([], date(2013, 7, 15), 3)
    assert list(Project.objects.order_by("pk").values_list("declared", flat=True)) == [
        "amber_green",
        "reset",
        "amber_red",
    ]
    costs = BudgetLine.objects.filter(month=None).order_by("project").values_list("amount", flat=True)
    assert list(costs) == [Decimal("753000000.00"), Decimal("14500000000.00")]
    assert BudgetLine.objects.filter(month=date(2012, 4, 1), kind="revised").count() == 2


def test_names_that_drift_from_year_to_year_are_one_project() -> None:
    header = ["project_name", "department", "colour_rating", "end_date", "year"]
    older = [
        ["The Francis Crick Institute (formerly UKCMRI)", "BIS", "Amber", "31.12.17", "2018"],
        ["Smart Meters Implementation Programme", "BEIS", "Amber", "31.12.20", "2018"],
        ["Priority School Building Programme 1", "DfE", "Green", "31.12.18", "2018"],
        ["Priority School Building Programme 2", "DfE", "Amber", "31.12.21", "2018"],
        ["Gone Project", "HO", "Red", "31.12.19", "2018"],
    ]
    newer = [
        ["Francis Crick Institute", "BEIS", "Green", "31.12.18", "2019"],
        ["Smart Metering Implementation Programme", "BEIS", "Amber", "31.12.24", "2019"],
        ["Priority School Building Programme 2", "DfE", "Amber/Green", "31.12.21", "2019"],
        ["Priority School Building Programme 3", "DfE", "Green", "31.12.25", "2019"],
    ]
    load(csv_bytes([header, *older]), profile="gmpp", file_name="uk_2018.csv")
    staged, _batch = load(csv_bytes([header, *newer]), profile="gmpp", file_name="uk_2019.csv")
    assert (staged.plan.count("create"), staged.plan.count("update")) == (1, 3)
    assert set(staged.plan.left.values()) == {"Gone Project", "Priority School Building Programme 1"}
    meters = Project.objects.get(name="Smart Metering Implementation Programme")
    assert (meters.baseline_end, meters.forecast_end, meters.left_on) == (date(2020, 12, 31), date(2024, 12, 31), None)
    crick = Project.objects.get(name="Francis Crick Institute")
    assert (crick.node.code, crick.declared) == ("GMPP-BEIS", "green")
    assert Node.objects.get(code="GMPP").status_date == date(2019, 7, 15)


def test_an_edition_of_the_panorama_with_decimal_commas_and_other_words() -> None:
    rows = [
        ["Ministère porteur", "Ministère nom complet", "Nom du projet", "Début", "Durée prévisionnelle en année",
         "Phase du projet en cours", "Coût estimé", "Zone fonctionnelle", "Date de publication"],
        ["MEF", "Ministères économiques", "Refonte", "01/07/2018", "6,4", "Déploiement", "52,5", "Finances", "2020-11-05"],
        ["MI", "Intérieur", "Radio", "15/01/2019", "En cadrage", "Cadrage", "En cadrage", "Sécurité", "2020-11-05"],
    ]  # fmt: skip
    staged, _batch = load(csv_bytes(rows, delimiter=";", encoding="cp1252"), profile="dinum", file_name="panorama.csv")
    assert (staged.plan.errors, staged.plan.on) == ([], date(2020, 11, 5))
    refonte = Project.objects.get(name="Refonte")
    assert (refonte.forecast_end, refonte.baseline_end) == (date(2024, 11, 24), None)
    assert refonte.budget_lines.get().amount == Decimal("52500000.00")
    radio = Project.objects.get(name="Radio")
    assert (radio.state, radio.phase, radio.forecast_end) == ("initiating", "Cadrage", None)


def test_another_year_of_school_construction_with_other_date_forms() -> None:
    header = [
        "project_geographic_district", "project_building_identifier", "project_school_name", "project_type",
        "project_description", "project_phase_name", "project_status_name", "project_phase_actual_start_date",
        "project_phase_planned_end_date", "project_phase_actual_end_date", "project_budget_amount",
        "final_estimate_of_actual_costs_through_end_of_phase_amount", "total_phase_actual_spending_amount",
        "dsf_number_s",
    ]  # fmt: skip
    common = ["1", "M015", "P.S. 15", "SCA CIP", "ROOF"]
    rows = [
        header,
        [*common, "Scope", "Complete", f"2018-01-05{T}", f"2018-03-01{T}", f"2018-02-11{T}", "10", "9", "9", "DSF1"],
        [*common, "Design", "In-Progress", f"2018-03-05{T}", f"2018-09-01{T}", "", "20", "25", "5", "DSF1"],
        [*common, "Construction", "PNS", "PNS", "PNS", "PNS", "DOER", "100", "0", "DSF1"],
    ]  # fmt: skip
    staged, _batch = load(csv_bytes(rows), profile="nyc_sca", file_name="sca_2018.csv")
    assert (staged.plan.errors, staged.plan.rows, staged.plan.on) == ([], 3, date(2018, 2, 11))
    project = Project.objects.get()
    assert (project.name, project.node.name, project.state) == ("P.S. 15 – ROOF", "District 1", "executing")
    assert (project.start_date, project.actual_end) == (date(2018, 1, 5), None)
    assert project.baseline_end is None  # construction has no planned end yet, so the project has none
    amounts = {line.kind: line.amount for line in project.budget_lines.all()}
    assert amounts == {"revised": Decimal(30), "forecast": Decimal(134), "actual": Decimal(14)}
    phases = Milestone.objects.order_by("position").values_list("name", "is_key", "baseline_date", "actual_date")
    assert list(phases) == [
        ("Scope", True, date(2018, 3, 1), date(2018, 2, 11)),
        ("Design", True, date(2018, 9, 1), None),
        ("Construction", True, None, None),
    ]


def panorama(day: str, length: str, cost: str) -> bytes:
    header = ["Ministère porteur", "Nom du projet", "Date de début", "Durée prévisionnelle en année", "Coût estimé"]
    row = ["MEF", "Refonte", "2018-07-01", length, cost]
    return csv_bytes([[*header, "Date de publication"], [*row, day]], delimiter=";")


def test_the_end_published_first_becomes_the_baseline_when_a_later_edition_arrives() -> None:
    first, second = panorama("2019-01-31", "4,0", "50"), panorama("2019-09-30", "5,5", "60")
    load(first, profile="dinum")
    project = Project.objects.get()
    assert (project.baseline_start, project.baseline_end, project.forecast_end) == (None, None, date(2022, 7, 1))
    assert load(first, profile="dinum")[0].plan.changes_nothing  # the same edition again is no later one
    _staged, batch = load(second, profile="dinum")
    project.refresh_from_db()
    assert (project.baseline_start, project.baseline_end) == (date(2018, 7, 1), date(2022, 7, 1))
    assert project.forecast_end == date(2023, 12, 31)
    events = facts_recorded()
    assert load(second, profile="dinum")[0].plan.changes_nothing
    assert load(first, profile="dinum")[0].plan.changes_nothing  # older than what is stored
    assert facts_recorded() == events
    undo(batch.pk, by=None)
    project.refresh_from_db()
    assert (project.baseline_start, project.baseline_end, project.forecast_end) == (None, None, date(2022, 7, 1))
    load(second, profile="dinum")
    load(panorama("2020-11-05", "7,0", "70"), profile="dinum")
    project.refresh_from_db()
    assert (project.baseline_end, project.forecast_end) == (date(2022, 7, 1), date(2025, 7, 1))


def test_an_edition_that_withdraws_its_end_leaves_the_first_one_as_the_baseline() -> None:
    load(panorama("2019-01-31", "4,0", "50"), profile="dinum")
    load(panorama("2019-09-30", "En cadrage", "50"), profile="dinum")
    project = Project.objects.get()
    assert (project.baseline_end, project.forecast_end) == (date(2022, 7, 1), None)
    load(panorama("2020-11-05", "6", "50"), profile="dinum")
    project.refresh_from_db()
    assert (project.baseline_end, project.forecast_end) == (date(2022, 7, 1), date(2024, 7, 1))


def test_an_edition_with_initial_and_updated_durations_and_costs_tells_its_own_baseline() -> None:
    load(panorama("2019-01-31", "4,0", "50"), profile="dinum")
    header = ["Ministère", "Nom du projet", "Début", "Durée initiale (en mois)", "Durée actualisée (en mois)",
              "Coût initial (M€)", "Coût actualisé (M€)", "Coût estimé par tranche", "Écart de coût",
              "Date de publication"]  # fmt: skip
    row = ["MEF", "Refonte", "2018-07-01", "36", "60", "40,5", "52,25", "entre 50 et 100 M€", "29 %", "2021-06-30"]
    staged, _batch = load(csv_bytes([header, row], delimiter=";", encoding="utf-8-sig"), profile="dinum")
    assert staged.plan.errors == []
    project = Project.objects.get()
    assert (project.baseline_end, project.forecast_end) == (date(2021, 7, 1), date(2023, 7, 1))
    amounts = {line.kind: line.amount for line in project.budget_lines.exclude(kind="revised")}
    assert amounts == {"initial": Decimal("40500000.00"), "forecast": Decimal("52250000.00")}


@pytest.mark.parametrize(
    ("durations", "costs"),
    [
        (("Durée prévisionnelle initiale en année", "Durée prévisionnelle actualisée en année"),
         ("Coût estimé initial", "Coût estimé actualisé")),
        (("Durée initiale prévue (années)", "Durée actualisée (années)"), ("Budget initial (M€)", "Budget actualisé (M€)")),
        (("Durée initiale", "Durée prévisionnelle en année"), ("Coût initial (M€)", "Coût estimé (M€)")),
        (("Durée d'origine en années", "Durée révisée en années"), ("Montant d'origine en M€", "Montant révisé en M€")),
    ],
)  # fmt: skip
def test_an_initial_duration_and_cost_are_never_what_is_expected_now(
    durations: tuple[str, str], costs: tuple[str, str]
) -> None:
    header = [
        "Ministère porteur",
        "Nom du projet",
        "Début",
        *durations,
        *costs,
        "Écart de durée",
        "Date de publication",
    ]
    row = ["MI", "Radio", "2018-07-01", "4", "5", "40", "52,5", "25 %", "2021-06-30"]
    staged, _batch = load(csv_bytes([header, row], delimiter=";"), profile="dinum", file_name="panorama.csv")
    assert [(p.code, p.column) for p in staged.plan.problems] == [("columns_left_out", "Écart de durée")]
    project = Project.objects.get()
    assert (project.baseline_end, project.forecast_end) == (date(2022, 7, 1), date(2023, 7, 1))
    amounts = {line.kind: line.amount for line in project.budget_lines.all()}
    assert amounts == {"initial": Decimal(40_000_000), "forecast": Decimal(52_500_000)}


def test_a_cost_that_grows_from_one_file_to_the_next_is_an_overrun_and_no_larger_budget() -> None:
    header = ["ID", "FFC", "Delivery Program", "BNI"]

    def edition(day: str, *costs: str) -> tuple[bytes, str]:
        rows = [[f"Q{number}", cost, "Major", "2023-01-05"] for number, cost in enumerate(costs, start=1)]
        return csv_bytes([header, *rows]), f"mw_{day}.csv"

    def kinds() -> list[dict[str, Decimal]]:
        projects = Project.objects.order_by("external_ref")
        return [{line.kind: line.amount for line in project.budget_lines.all()} for project in projects]

    first, second = edition("2024-02-29", "100", "50"), edition("2024-12-31", "130", "", "70")
    load(first[0], profile="melbourne_water", file_name=first[1])
    assert kinds() == [{"revised": 100}, {"revised": 50}]
    _staged, batch = load(second[0], profile="melbourne_water", file_name=second[1])
    assert kinds() == [{"revised": 100, "forecast": 130}, {"revised": 50}, {"revised": 70}]
    assert load(second[0], profile="melbourne_water", file_name=second[1])[0].plan.changes_nothing
    undo(batch.pk, by=None)
    assert kinds() == [{"revised": 100}, {"revised": 50}]
    third = edition("2025-12-31", "90")
    load(second[0], profile="melbourne_water", file_name=second[1])
    load(third[0], profile="melbourne_water", file_name=third[1])
    assert kinds()[0] == {"revised": 100, "forecast": 90}


def test_gates_dated_in_a_later_file_are_held_against_the_dates_of_the_first() -> None:
    header = ["ID", "FFC", "Delivery Program", "BNI", "BCA", "Stage1", "Stage2", "Stage3"]

    def row(stage_2: str, stage_3: str) -> list[str]:
        return ["Q1", "100", "Major", "2023-01-05", "2023-06-30", "2024-06-30", stage_2, stage_3]

    load(csv_bytes([header, row("2024-09-30", "2025-09-30")]), profile="melbourne_water", file_name="mw_2024-02-29.csv")
    project = Project.objects.get()
    assert (project.baseline_end, project.forecast_end) == (None, date(2025, 9, 30))
    load(csv_bytes([header, row("2024-12-31", "2026-01-31")]), profile="melbourne_water", file_name="mw_2024-12-31.csv")
    project.refresh_from_db()
    assert (project.baseline_end, project.forecast_end) == (date(2025, 9, 30), date(2026, 1, 31))
    stages = {m.external_ref: (m.baseline_date, m.actual_date) for m in project.milestones.all()}
    assert stages["STAGE-2"] == (date(2024, 9, 30), date(2024, 12, 31))
    assert stages["BNI"] == (None, date(2023, 1, 5))  # passed before the first file: nothing to hold it against
