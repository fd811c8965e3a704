"""The list of all projects, saved views, changes to several projects, search, first pages."""

import re
from datetime import date

import pytest
from django.utils import translation

from pmo_portal.core.models import AuditEvent
from pmo_portal.core.search import find
from projects.hierarchy.models import Project
from reporting.dashboards.models import SavedView
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


def test_several_projects_change_together_with_one_audit_row_each(world, ada):
    manager = make.person("Nadia")
    client, ids = client_of(ada), [world.tram.pk, world.harbour.pk]
    preview = text(client.post("/projects/bulk/manager/", {"sel": ids, "next": "/projects/"}))
    assert "2 projects will change" in preview
    seen = re.findall(r'name="seen" value="([^"]+)"', preview)
    answer = client.post(
        "/projects/bulk/manager/",
        {"sel": ids, "seen": seen, "apply": 1, "project_manager": manager.pk, "next": "/projects/"},
    )
    assert answer.headers["Location"] == "/projects/"
    assert set(Project.objects.filter(project_manager=manager).values_list("pk", flat=True)) == set(ids)
    assert AuditEvent.objects.filter(action="update").count() == 2


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
    assert "1 project will change" in page
    assert "1 selected project is not yours to change" in page
    assert "SECRET" not in page
    client_of(cleo).post("/projects/bulk/phase/", {"sel": ids, "apply": 1, "phase": "Hacked"})
    assert not Project.objects.filter(phase="Hacked").exists()


def test_ticks_show_only_to_those_who_may_change_something(world, ada, cleo):
    compute()
    assert 'name="sel"' in text(client_of(ada).get("/projects/"))
    assert 'name="sel"' not in text(client_of(cleo).get("/projects/"))


def test_the_palette_finds_projects_containers_and_people_within_rights(world, ada, cleo):
    Project.objects.filter(pk=world.harbour.pk).update(project_manager=make.person("Éloïse Héraut"))
    compute()
    translation.activate("en")
    assert [line.label for _group, lines in find(ada, "HARB") for line in lines] == ["Harbour"]
    assert any("loïse" in line.label for _group, lines in find(ada, "eloise") for line in lines)
    assert not [line for _group, lines in find(cleo, "harbour") for line in lines]
    assert not [line for _group, lines in find(cleo, "eloise") for line in lines]


@pytest.mark.parametrize(
    ("who", "page"),
    [("ada", "/portfolios/"), ("eve", "/executive/"), ("ben", "/projects/mine/"), ("cleo", "/portfolios/")],
)
def test_each_role_starts_on_its_page(who, page, world, request):
    assert client_of(request.getfixturevalue(who)).get("/").headers["Location"] == page


def test_both_languages(world, ada):
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    client = client_of(ada)
    assert "1 project is late" in text(client.get("/portfolios/NORTH/"))
    type(ada).objects.filter(pk=ada.pk).update(language="fr")
    french = text(client.get("/portfolios/NORTH/"))
    assert "1 projet est en retard" in french
    assert "Ligne de tram" in french
