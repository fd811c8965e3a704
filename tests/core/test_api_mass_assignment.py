"""Nothing undeclared is ever set: every column of every model, and a few guesses, sent by every role (security.md exam A 7)."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from pmo_portal.core.models import User
from pmo_portal.core.schema import document
from projects.access.models import Delegation, Membership
from projects.exchange.models import ImportProfile
from projects.models import (
    Absence,
    Action,
    Allocation,
    AllocationMonth,
    BudgetLine,
    CalendarException,
    Decision,
    DecisionOption,
    InterProjectDependency,
    Issue,
    Milestone,
    Node,
    Person,
    PersonSkill,
    PooledCapacity,
    Project,
    Rate,
    Risk,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from reporting.dashboards.models import SavedView
from reporting.health.models import Threshold
from tests import make
from tests.core.api_client import ROOT, Api
from tests.core.api_rows import one_of_each, supply_bodies

pytestmark = pytest.mark.django_db
SUPPLY = {
    "units": Unit, "roles": Role, "skills": Skill, "person-skills": PersonSkill, "unit-shares": UnitShare,
    "working-calendars": WorkingCalendar, "calendar-exceptions": CalendarException, "work-patterns": WorkPattern,
    "absences": Absence, "pooled-capacities": PooledCapacity, "rates": Rate,
}  # fmt: skip
TABLES = (
    Node,
    Project,
    Milestone,
    BudgetLine,
    Risk,
    Issue,
    Action,
    Decision,
    DecisionOption,
    Allocation,
    AllocationMonth,
    Person,
    *SUPPLY.values(),
    User,
    Membership,
    Delegation,
    Threshold,
    SavedView,
    ImportProfile,
)
MODELS = {
    "portfolios": Node, "programmes": Node, "projects": Project, "milestones": Milestone, "budget-lines": BudgetLine,
    "risks": Risk, "issues": Issue, "actions": Action, "decisions": Decision, "allocations": Allocation,
    "dependencies": InterProjectDependency,
    "people": Person, "users": User, "memberships": Membership, "thresholds": Threshold,
    **SUPPLY, "delegations": Delegation, "saved-views": SavedView, "import-profiles": ImportProfile,
}  # fmt: skip
GUESSES = frozenset(
    {"is_superuser", "is_staff", "password", "user", "_state", "pk", "project__name", "__class__", "owner_id"}
)
VOLATILE = frozenset({"last_login", "last_used_at"})


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    """A body that creates one of each."""
    tram, today = {"project": world.tram.pk}, str(timezone.localdate())
    return {
        "portfolios": {"code": "EAST", "name": "Est"},
        "programmes": {"code": "ROAD", "name": "Routes", "parent": world.north.pk},
        "projects": {"code": "BUS", "name": "Bus", "node": world.rail.pk},
        "milestones": {**tram, "name": "Essais"},
        "budget-lines": {**tram, "kind": "actual", "amount": "1.00"},
        "risks": {**tram, "title": "Grève", "probability": 1, "impact": 1},
        "issues": {**tram, "title": "Panne"},
        "actions": {**tram, "title": "Relancer"},
        "decisions": {**tram, "question": "Qui ?"},
        "dependencies": {
            "receiver": world.tram.pk, "supplier": world.harbour.pk, "title": "Quai", "needed_by": "2027-03-31",
        },
        "allocations": {**tram, "role": world.role.pk, "months": [{"month": "2027-01-01", "asked": "3.00"}]},
        "people": {"name": "Léa"},
        **supply_bodies(
            person=world.someone.pk, skill=world.skill.pk, unit=world.unit.pk, role=world.role.pk, calendar=world.calendar.pk
        ),
        "users": {"username": "lea"},
        "memberships": {"user": world.user.pk, "role": "viewer", "node": world.north.pk},
        "delegations": {
            "membership": world.lent.pk, "delegate": world.deputy.pk, "first": today, "last": today, "reason": "x",
        },
        "thresholds": {"node": world.north.pk, "key": "age_days", "amber": "3", "red": "9"},
        "saved-views": {"page": "projects", "name": "x"},
        "import-profiles": {"name": "x", "settings": {"columns": {"Truc": "project.name"}}},
    }  # fmt: skip


def state() -> list[list[dict[str, Any]]]:
    return [
        [{name: value for name, value in row.items() if name not in VOLATILE} for row in model.objects.order_by("pk").values()]
        for model in TABLES
    ]  # fmt: skip


def undeclared(collection: str) -> list[str]:
    """The columns of all our models and the guesses, without what the document lets a body contain."""
    columns = {field.attname for field in MODELS[collection]._meta.fields} | GUESSES
    return sorted(columns - declared(collection))


def declared(collection: str) -> set[str]:
    """What the document lets a body of the collection contain."""
    content = document()["paths"][f"{ROOT}{collection}/"]["post"]["requestBody"]["content"]["application/json"]
    return set(document()["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"])


def every_column() -> set[str]:
    """Of all models of ours, whatever the resource."""
    ours = ("core", "projects", "reporting")
    return {
        field.attname
        for label in ours
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.fields
    }


def attempt(api: Api, collection: str, pk: int, body: dict[str, Any], names: Iterable[str]) -> tuple[int, int]:
    """(requests, refusals that name the members) of these members in each writable address of the collection, one by one."""
    asked = named = 0
    paths, tag = document()["paths"], api.get(f"{collection}/{pk}/").get("ETag", '"v1"')
    for name in names:
        more = {name: 1}
        answers = [api.post(f"{collection}/", {**body, **more})]
        if "patch" in paths[f"{ROOT}{collection}/{{id}}/"]:
            answers.append(api.patch(f"{collection}/{pk}/", more, version=tag))
            if "put" in paths[f"{ROOT}{collection}/{{id}}/"]:
                answers.append(api.put(f"{collection}/{pk}/", {**body, **more}, version=tag))
        if f"{ROOT}{collection}/bulk/" in paths and name != "version":
            rows = {"portfolio": "NORTH"} if collection == "projects" else {}
            answers.append(api.post(f"{collection}/bulk/", {**rows, "rows": [{**body, "external_ref": "x", **more}]}))
        for answer in answers:
            asked += 1
            assert answer.status_code in (400, 403, 404, 422), (collection, name, answer.status_code, answer.content)
            if answer.status_code in (400, 422):
                paths_told = {one["path"].rpartition(".")[2] for one in answer.json()["errors"]}
                assert name in paths_told, (collection, name, answer.content)
                named += 1
    return asked, named


@pytest.mark.parametrize("collection", list(MODELS))
def test_a_pmo_sets_nothing_undeclared(ada: User, world: Any, collection: str) -> None:
    rows = one_of_each(ada, world)
    more_people(world)
    before = state()
    asked, named = attempt(Api(ada), collection, rows[collection], bodies(world)[collection], undeclared(collection))
    assert asked == named >= 10
    assert state() == before


@pytest.mark.parametrize("role", ["viewer", "project_manager", "finance", "administrator"])
def test_nor_do_others(ada: User, world: Any, role: str) -> None:
    """Every undeclared member of a resource at once: refused for one reason or the other, and nothing moved."""
    assert every_role(ada, world, [role], lambda collection: ["version", *undeclared(collection)[:2]])[1] == 0


def more_people(world: Any) -> None:
    """Whom bodies name: somebody with a role to lend, and a deputy."""
    user = make.user("max")
    for name, row in {
        "user": user,
        "lent": make.member(user, "viewer", on=world.south),
        "deputy": make.user("zed"),
        "someone": make.person(),
        "skill": make.skill(),
        "unit": make.unit(),
        "role": make.role(),
        "calendar": make.working_calendar(),
    }.items():
        object.__setattr__(world, name, row)


def every_role(ada: User, world: Any, roles: Iterable[str], names_of: Any) -> tuple[int, int]:
    """(requests, rows changed) of all that these roles try everywhere."""
    rows = one_of_each(ada, world)
    more_people(world)
    asked = changed = 0
    for role in roles:
        caller = Api(make.user(role=role))
        before = state()
        for collection in MODELS:
            asked += attempt(caller, collection, rows[collection], bodies(world)[collection], names_of(collection))[0]
        changed += state() != before
    return asked, changed
