"""The five published portfolios against answers computed here with csv, json and statistics alone: no code of the importer."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean

import pytest
from django.db.models import Sum

from projects.models import BudgetLine, Milestone, Node, Project
from tests.projects.exchange.files import facts_recorded
from tests.projects.exchange.published import load, published

pytestmark = pytest.mark.django_db

YEARS = range(2014, 2022)
LEVELS = {
    "green": "green",
    "amber/green": "amber_green",
    "amber": "amber",
    "amber/red": "amber_red",
    "red": "red",
    "reset": "reset",
}


def plain(name: str) -> str:
    return " ".join(name.casefold().split())


def gmpp(year: int) -> Path:
    return published(f"gmpp/uk_{year}.csv")


def gmpp_table(year: int) -> list[dict[str, str]]:
    """The year's projects as {field: text}, by the plainest reading possible."""
    text = gmpp(year).read_bytes().decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if year == 2021 else ","))
    table = [list(cells) for cells in zip(*rows, strict=True)] if year <= 2017 else rows
    header = table[0]
    return [dict(zip(header, cells, strict=True)) for cells in table[1:] if any(cell.strip() for cell in cells[:3])]


def cell(row: dict[str, str], *beginnings: str) -> str:
    return next(value.strip() for name, value in row.items() if name.lower().startswith(beginnings))


def pounds(text: str) -> Decimal | None:
    bare = re.sub(r"[£m,\s]", "", text)
    return Decimal(bare) if re.fullmatch(r"-?\d+(\.\d+)?", bare) else None


def day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%d.%m.%y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def gmpp_name(row: dict[str, str]) -> str:
    return cell(row, "project name", "project_name")


def gmpp_end(row: dict[str, str]) -> date | None:
    return day(cell(row, "project - end", "end_date"))


def gmpp_by_key(year: int) -> dict[str, dict[str, str]]:
    """The year's projects by their whole name, those whose name occurs once (some departments renumbered theirs in 2021)."""
    table = gmpp_table(year)
    counts = Counter(plain(gmpp_name(row)) for row in table)
    return {name: row for row in table if counts[name := plain(gmpp_name(row))] == 1}


class TestGmpp:
    @pytest.mark.parametrize("year", YEARS)
    def test_counts_and_totals_equal_those_of_the_file_and_the_known_answers(self, year: int) -> None:
        known = json.loads(published("gmpp/known_answers_2014_2021.json").read_text())[str(year)]
        staged = load(gmpp(year), "gmpp")
        assert (staged.plan.rows, staged.plan.count("create"), staged.plan.errors) == (
            known["projects"],
            known["projects"],
            [],
        )
        assert staged.plan.on == date(year, 7, 15)
        ratings = Counter(Project.objects.values_list("declared", flat=True))
        told = Counter(
            cell(row, "mpa rag", "ipa rag", "ipa delivery", "colour").lower().replace(" ", "")
            for row in gmpp_table(year)
        )
        expected = {level: told[text] for text, level in LEVELS.items() if told[text]}
        assert {level: count for level, count in ratings.items() if level != "not_rated"} == expected
        # One cell of 2014 reads "Amber/ Red", with a blank: the known answers count it as not rated (36 amber/red), the portal
        # as what it says (37).
        typed_apart = 1 if year == 2014 else 0
        if year == 2014:
            assert (known["rag"]["amber/red"], ratings["amber_red"]) == (36, 37)
        assert ratings["not_rated"] == known["not_rated_or_exempt"] - typed_apart
        assert sum(known["rag"].values()) + typed_apart == sum(expected.values())
        lines = BudgetLine.objects.filter(month=None, kind="revised")
        assert lines.count() == known["wlc_disclosed_count"]
        total = lines.aggregate(total=Sum("amount"))["total"]
        assert abs(total / 1_000_000 - Decimal(str(known["wlc_disclosed_sum_gbp_m"]))) < Decimal("0.01")

    @pytest.mark.parametrize("year", YEARS)
    def test_dates_and_the_years_budget_equal_those_of_the_file(self, year: int) -> None:
        load(gmpp(year), "gmpp")
        table = gmpp_table(year)
        starts = [day(cell(row, "project - start", "start_date").replace("/012/", "/12/")) for row in table]
        ends = [day(cell(row, "project - end", "end_date")) for row in table]
        assert Counter(Project.objects.values_list("start_date", flat=True)) == Counter(starts)
        assert Counter(Project.objects.values_list("forecast_end", flat=True)) == Counter(ends)
        names = (
            "2013/2014 budget",
            "2014/2015 budget",
            "2015/16 budget",
            "2016/17 total baseline",
            "yearly_budget",
            "total_baseline",
        )
        amounts = [amount for row in table if (amount := pounds(cell(row, *names))) is not None]
        lines = BudgetLine.objects.filter(month=date(year - 1, 4, 1), kind="revised", category="fiscal_year")
        assert lines.count() == len(amounts)
        assert lines.aggregate(total=Sum("amount"))["total"] / 1_000_000 == pytest.approx(
            sum(amounts), abs=Decimal("0.01")
        )

    def test_eight_editions_are_eight_states_of_the_same_projects(self) -> None:
        seen: dict[int, tuple[int, int, int]] = {}
        for year in YEARS:
            plan = load(gmpp(year), "gmpp").plan
            seen[year] = (plan.count("create"), plan.count("update"), len(plan.left))
        counts = {year: len(gmpp_table(year)) for year in YEARS}
        assert all(created + updated == counts[year] for year, (created, updated, _left) in seen.items())
        # Exact names alone recognise 123, 67, 105, 88, 96, 101 and 77 of them from one year to the next.
        assert [seen[year][1] for year in YEARS][1:] >= [135, 90, 104, 100, 106, 104, 84]
        assert Node.objects.get(code="GMPP").status_date == date(2021, 7, 15)
        assert Project.objects.filter(left_on=None).count() == counts[2021]
        events = facts_recorded()
        assert load(gmpp(2021), "gmpp").plan.changes_nothing
        assert load(gmpp(2015), "gmpp").plan.changes_nothing  # older than what is stored
        assert facts_recorded() == events

    @pytest.mark.parametrize("year", YEARS[1:])
    def test_the_end_published_first_is_the_baseline_of_the_next_edition(self, year: int) -> None:
        """Same whole name in both files: the slip of each of them, and their mean, as a spreadsheet gives it."""
        load(gmpp(year - 1), "gmpp")
        assert not Project.objects.exclude(baseline_end=None).exists()  # published once: nothing to be late against
        created = load(gmpp(year), "gmpp").plan.count("create")
        older, newer = gmpp_by_key(year - 1), gmpp_by_key(year)
        slips = {}
        for key, row in newer.items():
            if key in older and (first := gmpp_end(older[key])) and (end := gmpp_end(row)):
                slips[plain(gmpp_name(row))] = (end - first).days
        stored = {plain(p.name): p for p in Project.objects.filter(left_on=None)}
        ours = {name: (stored[name].forecast_end - stored[name].baseline_end).days for name in slips}
        assert ours == slips
        assert mean(ours.values()) == mean(slips.values())
        assert len(slips) >= 40
        alone = Project.objects.filter(left_on=None, baseline_end=None).count()
        assert alone >= created  # a project of one edition, or whose first edition gave no end, cannot be judged

    def test_a_third_edition_moves_the_forecast_and_not_the_baseline(self) -> None:
        for year in (2018, 2019, 2020):
            load(gmpp(year), "gmpp")
        tables = [gmpp_by_key(year) for year in (2018, 2019, 2020)]
        named = [{plain(gmpp_name(row)): row for row in table.values()} for table in tables]
        stored = {plain(p.name): p for p in Project.objects.filter(left_on=None)}
        seen = 0
        for name in set(named[0]) & set(named[1]) & set(named[2]):
            if first := gmpp_end(named[0][name]):
                assert (stored[name].baseline_end, stored[name].forecast_end) == (first, gmpp_end(named[2][name]))
                seen += 1
        assert seen >= 60


def test_dinum() -> None:
    path = published("dinum/panorama_grands_projets_si_2017-06-30.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    staged = load(path, "dinum")
    assert (staged.plan.rows, staged.plan.errors, staged.plan.on) == (61, [], date(2017, 6, 1))
    costs = [Decimal(row["Coût estimé"]) for row in rows if row["Coût estimé"] != "En cadrage"]
    lines = BudgetLine.objects.filter(kind="revised")
    assert lines.count() == len(costs) == 53
    assert lines.aggregate(total=Sum("amount"))["total"] == sum(costs) * 1_000_000
    ends = Counter(
        date.fromisoformat(row["Début"]) + timedelta(days=round(float(row["Durée prévisionnelle en année"]) * 365.25))
        for row in rows
        if row["Durée prévisionnelle en année"] != "En cadrage"
    )
    assert Counter(Project.objects.exclude(forecast_end=None).values_list("forecast_end", flat=True)) == ends
    assert not Project.objects.exclude(baseline_end=None).exists()  # one edition: nobody is on time without evidence
    assert Node.objects.filter(kind="programme").count() == len({row["Ministère porteur"] for row in rows})
    assert Node.objects.get(code="DINUM-MEF").name == "Ministères de l'Économie et des Finances"


def test_melbourne_water() -> None:
    path = published("melbourne_water/Capital_Delivery_Project_deidentified.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig", newline="")))
    staged = load(path, "melbourne_water")
    assert (staged.plan.rows, staged.plan.errors) == (445, [])
    # One date a gate: nothing in the file can be late. An end is known where the last gate is dated.
    assert not Project.objects.exclude(baseline_end=None).exists()
    assert Project.objects.exclude(forecast_end=None).count() == sum(bool(row["Stage3"]) for row in rows) == 444
    assert set(BudgetLine.objects.values_list("kind", flat=True)) == {"revised"}  # FFC, the only amount published
    assert Milestone.objects.count() == sum(
        bool(row[gate]) for row in rows for gate in ("BNI", "PBC", "BCA", "Tender Closed", "Stage1", "Stage2", "Stage3")
    )
    gates = Counter(date.fromisoformat(row["BCA"][:10]) for row in rows)
    stored = Milestone.objects.filter(external_ref="BCA").values_list("actual_date", "forecast_date")
    assert Counter(actual or forecast for actual, forecast in stored) == gates
    concepts = Counter(datetime.strptime(row["BNI"].split()[0], "%d/%m/%Y").date() for row in rows if row["BNI"])
    assert Counter(Project.objects.exclude(start_date=None).values_list("start_date", flat=True)) == concepts
    total = BudgetLine.objects.aggregate(total=Sum("amount"))["total"]
    assert total == pytest.approx(
        sum(Decimal(row["FFC"]) for row in rows), abs=Decimal("2.25")
    )  # each rounded to the cent


def test_new_york_schools() -> None:
    path = published("nyc_sca/nyc_sca_capital_project_schedules_and_budgets_2025.csv")
    known = json.loads(published("nyc_sca/known_answers.json").read_text())
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    staged = load(path, "nyc_sca")
    assert (staged.plan.rows, staged.plan.errors) == (known["rows"], [])
    assert Milestone.objects.count() == known["rows"]
    keys = {(r["Project Building Identifier"], r["Project Description"], r["DSF Number(s)"]) for r in rows}
    assert Project.objects.count() == staged.plan.count("create") == len(keys)
    totals = {row["kind"]: row["total"] for row in BudgetLine.objects.values("kind").annotate(total=Sum("amount"))}
    assert totals["revised"] == Decimal(str(known["budget_sum_usd"]))
    columns = {
        "forecast": "Final Estimate of Actual Costs Through End of Phase Amount",
        "actual": "Total Phase Actual Spending Amount",
    }
    for kind, column in columns.items():
        assert totals[kind] == sum(Decimal(row[column]) for row in rows if re.fullmatch(r"-?\d+(\.\d+)?", row[column]))
    ends = [row["Project Phase Actual End Date"] for row in rows]
    done = Counter(datetime.strptime(end, "%m/%d/%Y").date() for end in ends if "/" in end)
    assert Counter(Milestone.objects.exclude(actual_date=None).values_list("actual_date", flat=True)) == done
    phases: dict[tuple[str, str, str], list[tuple[date | None, date | None]]] = {}
    for row in rows:
        texts = (row["Project Phase Planned End Date"], row["Project Phase Actual End Date"])
        days = [datetime.strptime(text, "%m/%d/%Y").date() if "/" in text else None for text in texts]
        key = (row["Project Building Identifier"], row["Project Description"], row["DSF Number(s)"])
        phases.setdefault(key, []).append((days[0], days[1]))
    whole = [found for found in phases.values() if all(planned for planned, _actual in found)]
    stored = Project.objects.exclude(baseline_end=None)
    assert stored.count() == len(whole)  # of a project with a phase that is not planned yet, no end is known
    slips = [
        (max(actual for _p, actual in found if actual) - max(planned for planned, _a in found if planned)).days
        for found in whole
        if all(actual for _planned, actual in found)
    ]
    ours = [(p.actual_end - p.baseline_end).days for p in stored.exclude(actual_end=None)]
    assert sorted(ours) == sorted(slips)
    assert (len(slips), sum(slip > 0 for slip in slips)) == (107, 70)
    planned = [row["Project Phase Planned End Date"] for row in rows]
    assert Milestone.objects.exclude(baseline_date=None).count() == sum("/" in end for end in planned)
