"""Two people save the same thing: both versions in the reader's words, dates and amounts and names included, never raw values."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

RAW = re.compile(r"\d{4}-\d\d-\d\d|\b\d+\.\d\d\b|\b(?:True|False|None)\b|executing|closing|amber_red|threat|\bactive\b")


def told(page: str) -> dict[str, tuple[str, str]]:
    """{field: (mine, stored)} of the table of both versions."""
    body = page.partition('<table class="tbl cmp">')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', body, re.DOTALL)
    return {label: (mine, theirs) for label, mine, theirs in rows}


def french(user: User) -> Any:
    User.objects.filter(pk=user.pk).update(language="fr")
    return client_of(user)


def test_a_project(world: World, ada: User) -> None:
    sophie, thomas = make.person("Sophie Lambert"), make.person("Thomas Girard")
    client, address = french(ada), f"/projects/{world.tram.pk}/edit/"
    page = client.get(address).context["form"]
    sent = {name: page[name].value() for name in page.fields if page[name].value() not in (None, "")}
    Project.objects.filter(pk=world.tram.pk).update(
        forecast_end=date(2028, 3, 1), must_win=True, state="closing", percent_complete=Decimal("37.50"), sponsor=sophie,
        confidentiality="confidential",
    )  # fmt: skip
    sent |= {"forecast_end": "2027-12-24", "sponsor": thomas.pk, "percent_complete": "12", "state": "suspended",
             "resume_date": "2027-06-01", "must_win": "", "version": "1"}  # fmt: skip
    answer = client.post(address, sent)
    assert answer.status_code == 409
    table = told(answer.content.decode())
    assert table["Fin prévisionnelle"] == ("24 déc. 2027", "1er mars 2028")
    assert table["Commanditaire"] == ("Thomas Girard", "Sophie Lambert")
    assert table["Initiative prioritaire"] == ("non", "oui")
    assert table["État"] == ("Suspendu", "Clôture")
    assert table["Date de reprise"] == ("1er juin 2027", "–")
    assert ("12", "37,50") in table.values()
    assert not RAW.search(" ".join(" ".join(pair) for pair in table.values())), table


def test_a_declared_status_in_the_words_of_the_scale(world: World, ben: User) -> None:
    client = french(ben)
    Project.objects.filter(pk=world.tram.pk).update(
        declared="red",
        declared_trend="down",
        key_message="Bloqué.",
        declared_on=date(2026, 2, 1),
        back_to_green=date(2027, 1, 2),
    )
    answer = client.post(f"/projects/{world.tram.pk}/status/", {
        "declared": "green", "declared_trend": "up", "key_message": "Tout va bien.", "version": "1", "back_to_green": "",
    })  # fmt: skip
    assert answer.status_code == 409
    table = told(answer.content.decode())
    assert table["Date de retour au vert"] == ("–", "2 janv. 2027")
    assert "declared_on" not in table
    assert not RAW.search(" ".join([*table, *(" ".join(pair) for pair in table.values())])), table


def test_rows_in_place(world: World, ben: User) -> None:
    client, htmx = french(ben), {"headers": {"HX-Request": "true"}}
    milestone = make.milestone(world.tram)
    Milestone.objects.filter(pk=milestone.pk).update(forecast_date=date(2027, 3, 3))
    row = client.post(
        f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-08-15", "version": "1"}, **htmx
    ).content.decode()
    words = row.partition('role="alert"')[2]
    assert "3 mars 2027" in words
    assert "15 août 2027" in words
    assert not RAW.search(words)
    make.budget_line(world.tram, kind="actual", amount=Decimal("1234567.50"))
    row = client.post(
        f"/projects/{world.tram.pk}/budget/2026-11/?split=none", {"actual": "111", "seen_actual": "0|"}, **htmx
    )
    words = row.content.decode().partition('role="alert"')[2]
    assert row.status_code == 409
    assert "1\u202f234\u202f567,50" in words
    assert "111 " in words or "111." in words
    assert not RAW.search(words)


def test_risks_and_lines(world: World, ben: User) -> None:
    client, risk, line = french(ben), make.risk(world.tram), make.budget_line(world.tram, category="x")
    Risk.objects.filter(pk=risk.pk).update(
        status="closed", probability=5, due_date=date(2027, 1, 1), kind="opportunity"
    )
    answer = client.post(f"/risks/{risk.pk}/edit/", {
        "title": risk.title, "kind": "threat", "status": "active", "probability": "1", "impact": "4", "version": "1",
    })  # fmt: skip
    table = told(answer.content.decode())
    assert answer.status_code == 409
    assert table["Échéance"] == ("–", "1er janv. 2027")
    assert ("1 – très faible", "5 – très élevé") in table.values(), table
    assert not RAW.search(" ".join(" ".join(pair) for pair in table.values())), table
    BudgetLine.objects.filter(pk=line.pk).update(month=date(2026, 5, 1), amount=Decimal("99.9"))
    answer = client.post(
        f"/budget-lines/{line.pk}/edit/", {"kind": "revised", "amount": "1 000,5", "category": "x", "version": "1"}
    )
    table = told(answer.content.decode())
    assert table["Mois"] == ("–", "1er mai 2026")
    assert ("1\u202f000,50", "99,90") in table.values()


def test_a_hidden_row_is_not_named(world: World) -> None:
    """Somebody moved the project meanwhile, to a place this PMO does not see."""
    regional = make.user(role="pmo", on=world.north)
    named = make.member(regional, "pmo", on=world.tram)
    Project.objects.filter(pk=world.tram.pk).update(node=world.south)
    answer = client_of(regional).post(f"/projects/{world.tram.pk}/move/", {"node": world.rail.pk, "version": "1"})
    assert named.pk
    assert answer.status_code == 409
    table = told(answer.content.decode())
    assert next(theirs for _mine, theirs in table.values()) == "hidden or deleted", table


@pytest.mark.parametrize(
    ("language", "day", "amount"), [("fr", "1er mars 2028", "1\u202f250,50"), ("en", "1 Mar 2028", "1,250.50")]
)
def test_in_each_language(language: str, day: str, amount: str, world: World, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(language=language)
    line = make.budget_line(world.tram, category="x", month=None, amount=Decimal("1250.50"))
    BudgetLine.objects.filter(pk=line.pk).update(month=date(2028, 3, 1))
    answer = client_of(ben).post(
        f"/budget-lines/{line.pk}/edit/", {"kind": "revised", "amount": "1", "category": "x", "version": "1"}
    )
    cells = [cell for pair in told(answer.content.decode()).values() for cell in pair]
    assert day in cells
    assert amount in cells
