"""The list of all projects, saved views, changes to several projects, search, first pages."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from pmo_portal.core.models import AuditEvent
from pmo_portal.core.search import find
from projects.access.models import Membership
from projects.hierarchy.models import Project
from reporting.dashboards.models import SavedView
from reporting.dashboards.tables import ProjectTable
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, shown, text


def test_the_list_holds_what_each_reader_may_see(world, ada, eve, cleo, ben, omar):
    compute()
    everything = {world.tram.pk, world.harbour.pk, world.secret.pk}
    seen = {
        ada: everything,
        eve: everything - {world.secret.pk},
        cleo: {world.tram.pk},
        ben: {world.tram.pk},
        omar: set(),
    }
    for user, expected in seen.items():
        assert set(shown(text(client_of(user).get("/projects/")))) == expected, user


def test_currencies_are_never_added(world, ada):
    make.project("POUND", node=make.portfolio("UK", currency="GBP"))
    compute()
    assert "2 currencies, never added together" in text(client_of(ada).get("/projects/"))


def test_somebody_without_a_project_of_their_own_starts_with_all_they_see(world, cleo):
    make.person("Cleo", user=cleo)
    assert client_of(cleo).get("/projects/mine/").headers["Location"] == "/projects/"


def test_mine(world, ben):
    person = make.person("Ben Durand", user=ben)
    compute()
    assert client_of(ben).get("/projects/mine/").headers["Location"] == "/projects/?manager=me"
    assert shown(text(client_of(ben).get("/projects/?manager=me"))) == [world.tram.pk]
    assert person.pk


def test_a_manager_beyond_the_menu_can_be_asked_for_only_where_visible(world, ada, cleo):
    hidden = make.person("Hidden Manager")
    Project.objects.filter(pk=world.harbour.pk).update(project_manager=hidden)
    compute()
    assert shown(text(client_of(ada).get(f"/projects/?manager={hidden.pk}"))) == [world.harbour.pk]
    page = text(client_of(cleo).get(f"/projects/?manager={hidden.pk}"))
    assert shown(page) == []
    assert "Hidden Manager" not in page


def test_a_view_is_saved_shared_opened_and_deleted(world, ada, cleo):
    compute()
    client = client_of(ada)
    fields = {
        "page": "portfolio:NORTH",
        "name": "My <reds>",
        "query": "health=red&after=x&as_of=2020-01-01",
        "shared": "on",
        "next": "/portfolios/NORTH/",
    }
    answer = client.post("/views/save/", fields)
    assert answer.headers["Location"] == "/portfolios/NORTH/?health=red"
    view = SavedView.objects.get()
    assert (view.query, view.owner, view.shared) == ("health=red", ada, True)
    assert "My &lt;reds&gt;" in text(client_of(cleo).get("/portfolios/NORTH/"))
    assert client_of(cleo).post(f"/views/{view.pk}/delete/").status_code == 404
    client.post("/views/save/", fields)  # the same name again
    assert SavedView.objects.count() == 1
    assert client.post(f"/views/{view.pk}/delete/", {"next": "https://evil.example/"}).headers["Location"] == "/"
    assert not SavedView.objects.exists()


def test_nobody_leaves_a_view_on_a_page_they_may_not_open(world, cleo, omar):
    """Shared, it would be read there by everybody else."""
    fields = {"page": "portfolio:SOUTH", "name": "Lisez-moi", "query": "", "shared": "on", "next": "/projects/"}
    for user in (cleo, omar):
        assert client_of(user).post("/views/save/", fields).status_code == 404
    assert client_of(cleo).post("/views/save/", {**fields, "page": "portfolio:NORTH"}).status_code == 302
    assert list(SavedView.objects.values_list("page", flat=True)) == ["portfolio:NORTH"]


def test_several_projects_change_together_with_one_audit_row_each(world, ada):
    manager = make.person("Nadia")
    client, ids = client_of(ada), [world.tram.pk, world.harbour.pk]
    preview = text(client.post("/projects/bulk/manager/", {"sel": ids, "next": "/projects/"}))
    assert "2 projects selected" in preview
    seen = re.findall(r'name="seen" value="([^"]+)"', preview)
    answer = client.post(
        "/projects/bulk/manager/",
        {"sel": ids, "seen": seen, "apply": 1, "project_manager": manager.pk, "next": "/projects/"},
    )
    assert answer.headers["Location"] == "/projects/"
    assert set(Project.objects.filter(project_manager=manager).values_list("pk", flat=True)) == set(ids)
    assert AuditEvent.objects.filter(source="page", action="update").count() == 2


def test_a_stale_selection_changes_nothing_at_all(world, ada):
    client, ids = client_of(ada), [world.tram.pk, world.harbour.pk]
    seen = [f"{pk}.{Project.objects.get(pk=pk).version}" for pk in ids]
    Project.objects.filter(pk=world.tram.pk).update(phase="Moved")
    answer = client.post("/projects/bulk/phase/", {"sel": ids, "seen": seen, "apply": 1, "phase": "Build"})
    assert answer.status_code in (409, 422)
    assert "TRAM" in answer.content.decode()
    assert set(Project.objects.filter(pk__in=ids).values_list("phase", flat=True)) == {"Moved", ""}


def test_only_editable_projects_change_and_hidden_ones_are_not_named(world, ben, cleo):
    make.member(ben, "viewer", on=world.south)
    ids = [world.tram.pk, world.harbour.pk, world.secret.pk]
    page = text(client_of(ben).post("/projects/bulk/phase/", {"sel": ids}))
    assert "1 project selected" in page
    assert "1 selected project is not yours to change" in page
    assert "SECRET" not in page
    refused = client_of(cleo).post("/projects/bulk/phase/", {"sel": ids, "apply": 1, "phase": "Hacked"})
    assert refused.status_code == 403
    assert not Project.objects.filter(phase="Hacked").exists()


def test_who_changes_no_project_is_not_shown_whom_one_could_name(world, cleo, omar):
    """The form itself is a list of people."""
    make.person("Nadia Inconnue")
    for user in (cleo, omar):
        answer = client_of(user).post("/projects/bulk/manager/", {"sel": [world.tram.pk]})
        assert answer.status_code == 403
        assert "Nadia" not in answer.content.decode()


def sent(page: str, **fields: Any) -> dict[str, Any]:
    """The form of a bulk page as its button sends it."""
    found = {name: re.findall(f'name="{name}" value="([^"]+)"', page) for name in ("sel", "seen")}
    return {**found, "apply": 1, "next": "/projects/", **fields}


def test_a_rehearsal_counts_who_changes_who_has_it_and_who_refuses_and_writes_nothing(world, ada):
    closed = make.project("OLD", node=world.rail, state="closed")
    there = make.project("THERE", node=world.rail, state="closing")
    client, ids = client_of(ada), [world.tram.pk, closed.pk, there.pk]
    before = list(Project.objects.order_by("pk").values())
    page = text(client.post("/projects/bulk/state/", {"sel": ids, "preview": 1, "state": "closing"}))
    for words in (
        "1 project will change",
        "1 already has it",
        "1 cannot take it",
        "cannot go from “Closed” to “Closing”",
    ):
        assert words in page
    assert list(Project.objects.order_by("pk").values()) == before
    assert not AuditEvent.objects.filter(source="page").exists()
    assert client.post("/projects/bulk/state/", sent(page, state="closing")).status_code == 302
    assert dict(Project.objects.filter(pk__in=ids).values_list("code", "state")) == {
        "TRAM": "closing", "OLD": "closed", "THERE": "closing",
    }  # fmt: skip


def test_a_project_on_hold_needs_its_date(world, ada):
    client, ids = client_of(ada), [world.tram.pk]
    refused = client.post("/projects/bulk/state/", {"sel": ids, "preview": 1, "state": "suspended"})
    assert refused.status_code == 422
    page = text(
        client.post(
            "/projects/bulk/state/", {"sel": ids, "preview": 1, "state": "suspended", "resume_date": "2027-03-01"}
        )
    )
    client.post("/projects/bulk/state/", sent(page, state="suspended", resume_date="2027-03-01"))
    world.tram.refresh_from_db()
    assert (world.tram.state, str(world.tram.resume_date)) == ("suspended", "2027-03-01")


def test_what_is_left_empty_stays(world, ada):
    Project.objects.update(category="Track", tolerance_time=2)
    client, ids = client_of(ada), [world.tram.pk, world.harbour.pk]
    assert client.post("/projects/bulk/steering/", {"sel": ids, "preview": 1}).status_code == 422
    page = text(client.post("/projects/bulk/steering/", {"sel": ids, "preview": 1, "must_win": "yes", "priority": "4"}))
    client.post("/projects/bulk/steering/", sent(page, must_win="yes", tolerance_cost="1.5", priority="4"))
    for project in Project.objects.filter(pk__in=ids):
        assert (project.must_win, project.category, project.tolerance_time, project.tolerance_cost) == (
            True, "Track", 2, Decimal("1.5"),
        )  # fmt: skip
        assert project.priority == 4
    compute()
    listed = text(client.get("/projects/?columns=name,priority&sort=-priority&priority=4,5"))
    assert listed.count("4 – high") >= 2
    assert "SECRET" not in listed
    assert "4 – high" in text(client.get(f"/projects/{world.tram.pk}/"))
    address = f"/projects/{world.tram.pk}/edit/"
    assert client.get(address).context["form"]["priority"].value() == 4


def test_only_the_pmo_moves_and_nobody_hides_a_project_from_themselves(world, ada, ben):
    ids = [world.tram.pk]
    assert client_of(ben).post("/projects/bulk/move/", {"sel": ids}).status_code == 403
    make.member(ben, "project_manager", on=world.rail)
    ben_s = client_of(ben)
    Membership.objects.filter(user=ben, project=world.tram).delete()
    page = text(ben_s.post("/projects/bulk/steering/", {"sel": ids, "preview": 1, "confidentiality": "confidential"}))
    assert "0 projects will change" in page
    assert "You would no longer see this project" in page
    part = make.project("PART", parent=world.tram)
    client = client_of(ada)
    page = text(client.post("/projects/bulk/move/", {"sel": [*ids, part.pk], "preview": 1, "node": world.south.pk}))
    assert "1 project will change" in page
    assert "move the whole" in page
    client.post("/projects/bulk/move/", sent(page, node=world.south.pk))
    assert set(Project.objects.filter(pk__in=[*ids, part.pk]).values_list("node__code", flat=True)) == {"SOUTH"}


def test_a_bulk_change_is_taken_back_as_one(world, ada):
    client, ids = client_of(ada), [world.tram.pk, world.harbour.pk]
    Project.objects.filter(pk=world.tram.pk).update(phase="Design")
    page = text(client.post("/projects/bulk/phase/", {"sel": ids, "preview": 1, "phase": "Build"}))
    client.post("/projects/bulk/phase/", sent(page, phase="Build"))
    change = AuditEvent.objects.latest("pk").request_id
    Project.objects.filter(pk=world.harbour.pk).update(phase="Sea trials")
    client.post("/undo/", {"change": change})
    assert dict(Project.objects.filter(pk__in=ids).values_list("code", "phase")) == {
        "TRAM": "Build",
        "HARBOUR": "Sea trials",
    }
    Project.objects.filter(pk=world.harbour.pk).update(phase="Build")
    client.post("/undo/", {"change": change})
    assert dict(Project.objects.filter(pk__in=ids).values_list("code", "phase")) == {"TRAM": "Design", "HARBOUR": ""}


def test_ticks_show_only_to_those_who_may_change_something(world, ada, cleo):
    compute()
    assert "name=sel" in text(client_of(ada).get("/projects/"))
    assert "name=sel" not in text(client_of(cleo).get("/projects/"))


def test_the_palette_finds_projects_containers_and_people_within_rights(world, ada, cleo):
    Project.objects.filter(pk=world.harbour.pk).update(project_manager=make.person("Éloïse Héraut"))
    compute()
    with translation.override("en"):
        assert [line.label for _group, lines in find(ada, "HARB") for line in lines] == ["Harbour"]
    assert any("loïse" in line.label for _group, lines in find(ada, "eloise") for line in lines)
    assert not [line for _group, lines in find(cleo, "harbour") for line in lines]
    assert not [line for _group, lines in find(cleo, "eloise") for line in lines]


@pytest.mark.parametrize(
    ("who", "page"),
    [("ada", "/portfolios/"), ("eve", "/executive/"), ("ben", "/my-day/"), ("cleo", "/portfolios/")],
)
def test_each_role_starts_on_its_page(who, page, world, request):
    assert client_of(request.getfixturevalue(who)).get("/").headers["Location"] == page


def test_a_pmo_begins_with_the_collection_where_there_is_a_calendar(world, ada):
    make.calendar(world.south)
    assert client_of(ada).get("/").headers["Location"] == "/collection/"


def test_both_languages(world, ada):
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    client = client_of(ada)
    assert "1 project is late" in text(client.get("/portfolios/NORTH/"))
    type(ada).objects.filter(pk=ada.pk).update(language="fr")
    french = text(client.get("/portfolios/NORTH/"))
    assert "1 projet est en retard" in french
    assert "Ligne de tram" in french


def headings(page: str) -> list[str]:
    return re.findall(r'<th scope="rowgroup">.*?<span>([^<]*)</span>', page)


def test_groups_are_in_the_order_of_their_headings_in_the_readers_language(world, ada):
    """Made in another order than either alphabet: accents do not count, 2 comes before 10."""
    names = [
        ("Z", "Lot 10", "Batch 10"),
        ("Y", "Lot 2", "Batch 2"),
        ("X", "Écoles", "Schools"),
        ("W", "Ateliers", "Workshops"),
    ]
    for code, french, english in names:
        make.project(
            f"P{code}", node=make.programme(code, parent=world.north, name=french, name_en=english), phase=french
        )
    compute()
    client = client_of(ada)
    assert headings(text(client.get("/portfolios/NORTH/"))) == [
        "Batch 2",
        "Batch 10",
        "Railways",
        "Schools",
        "Workshops",
    ]
    assert headings(text(client.get("/portfolios/NORTH/?group=phase"))) == [
        "Ateliers",
        "Écoles",
        "Lot 2",
        "Lot 10",
        "No phase",
    ]
    type(ada).objects.filter(pk=ada.pk).update(language="fr")
    assert headings(text(client.get("/portfolios/NORTH/"))) == ["Ateliers", "Écoles", "Lot 2", "Lot 10", "Rail"]
    Project.objects.filter(code="PZ").update(state="initiating")
    compute()
    assert headings(text(client.get("/portfolios/NORTH/?group=state"))) == ["Initialisation", "Exécution"]


def test_a_grouped_list_goes_on_where_it_stopped(world, ada, monkeypatch):
    for number, name in enumerate(["Delta", "Alpha", "Charlie", "Bravo"]):
        home = make.programme(f"G{number}", parent=world.north, name=name)
        for _each in range(3):
            make.project(node=home)
    compute()
    monkeypatch.setattr(ProjectTable, "page_size", 5)
    client, address, found = client_of(ada), "/portfolios/NORTH/", []
    while address:
        page = text(client.get(address))
        found += shown(page)
        more = re.search(r'class="more">.*?href="([^"]+)"', page, re.DOTALL)
        address = more.group(1).replace("&amp;", "&") if more else ""
    homes = [Project.objects.get(pk=pk).node.label for pk in found]
    assert homes == sorted(homes)
    assert len(found) == len(set(found)) == 13


@pytest.mark.parametrize(
    ("language", "words", "other"), [("en", "Build", "Réalisation"), ("fr", "Réalisation", ">Build<")]
)
def test_a_usual_phase_is_shown_in_the_language_of_the_reader(language, words, other, world, ada):
    """Stored as it was typed; in the header, the column, the filter, the groups and the history it is translated."""
    type(ada).objects.filter(pk=ada.pk).update(language=language)
    Project.objects.filter(pk=world.tram.pk).update(phase="Réalisation")
    Project.objects.filter(pk=world.harbour.pk).update(phase="Sea trials")
    compute()
    client = client_of(ada)
    for path in ("/projects/?columns=name,phase&group=phase", f"/projects/{world.tram.pk}/"):
        page = text(client.get(path)).replace('value="Réalisation"', "").replace("value=Réalisation", "")
        assert words in page
        assert other not in page
    assert "Sea trials" in text(client.get("/projects/?columns=name,phase"))
    assert shown(text(client.get("/projects/?phase=Réalisation"))) == [world.tram.pk]


def test_all_that_match_are_changed_together_shown_or_not(world, ada, ben, cleo):
    """More rows than a page, narrowed by a filter: the bar offers them all, within the rights of the reader."""
    for number in range(120):
        make.project(f"M{number:03}", node=world.rail, phase="Old" if number % 2 else "Kept")
    hidden = make.project("H01", node=world.south, phase="Old")
    compute()
    client = client_of(ada)
    page = text(client.get("/portfolios/NORTH/"))
    assert 'name="everything" value="NORTH"' in page
    assert "All 121 matching" in page
    assert "matching" not in text(client.get("/portfolios/NORTH/?phase=Old"))  # all of them are shown
    asked = {"everything": "NORTH", "next": "/portfolios/NORTH/?phase=Old", "preview": 1, "phase": "New"}
    preview = text(client.post("/projects/bulk/phase/", asked))
    assert "60 projects will change" in preview
    client.post("/projects/bulk/phase/", sent(preview, phase="New"))
    assert Project.objects.filter(phase="New").count() == 60
    assert Project.objects.get(pk=hidden.pk).phase == "Old"
    assert Project.objects.filter(phase="Kept").count() == 60
    everywhere = text(client.post("/projects/bulk/phase/", asked | {"everything": "*", "next": "/projects/?phase=Old"}))
    assert "1 project will change" in everywhere
    assert client_of(ben).post("/projects/bulk/phase/", asked | {"everything": "SOUTH"}).status_code == 404
    assert client_of(cleo).post("/projects/bulk/phase/", asked).status_code == 403


def test_too_many_to_change_at_once_are_not_offered(world, ada, monkeypatch):
    for number in range(120):
        make.project(f"M{number:03}", node=world.rail)
    compute()
    assert 'name="everything"' in text(client_of(ada).get("/portfolios/NORTH/"))
    monkeypatch.setattr("reporting.dashboards.tables.MOST_CHANGED", 120)
    assert 'name="everything"' not in text(client_of(ada).get("/portfolios/NORTH/"))
