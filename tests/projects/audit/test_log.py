"""The audit log: who may open it, what it shows them, what its filters mean, and the same rows as a file."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from pmo_portal.core import ledger, tokens, trace
from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Membership
from projects.access.services import grant_membership
from projects.access.services.emergency import open_emergency
from projects.exchange.models import ImportBatch
from projects.hierarchy.models import Project
from projects.hierarchy.services import update_project
from projects.money.services import create_budget_line, update_budget_line
from projects.raid.services import create_risk, update_risk
from reporting.dashboards.models import SavedView
from tests import make
from tests.cast import World
from tests.projects.audit import volume
from tests.projects.test_pages import client_of

LOG = "/administration/audit/"
ON = make.TODAY
ROLES = [
    "executive", "committee_member", "sponsor", "portfolio_manager", "project_manager", "resource_manager", "finance",
    "assurance", "contributor", "viewer", "service_account",
]  # fmt: skip


def page(user: User, query: str = "") -> str:
    answer = client_of(user).get(f"{LOG}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def told(user: User, query: str = "") -> set[str]:
    """The request ids of the rows."""
    rows = client_of(user).get(f"{LOG}?{query}").context["table"].rows
    return {line.event.request_id for line in rows}


def did(name: str, source: str = "page") -> Any:
    return trace.tracing(source=source, request_id=f"request-{name}")


@pytest.fixture
def history(world: World, ada: User, ben: User) -> User:
    """Six things that happened, each in a request of its own; returns the administrator."""
    with did("budget"):
        line = create_budget_line(
            project=world.tram, by=ben, on=ON, month=None, kind="revised", amount=Decimal(2640000)
        )
    with did("revised", "import"):
        update_budget_line(line=line, by=ben, version=1, on=ON, changes={"amount": Decimal(3105000)})
    with did("risk"):
        risk = create_risk(project=world.tram, by=ben, on=ON, title="Sol instable", probability=2, impact=2)
    with did("reviewed", "api"):
        update_risk(risk=risk, by=ada, version=1, on=ON, changes={"title": "=HYPERLINK(1)", "impact": 5})
    with did("secret"):
        update_project(project=world.secret, by=ada, version=1, on=ON, changes={"name": "Tout autre secret"})
    with did("role"):
        grant_membership(by=ada, user=make.user("fay"), role="viewer", node=world.south)
    return make.user("root", role="administrator")


@pytest.mark.parametrize("role", ROLES)
def test_only_who_answers_for_the_organisation_opens_it(world: World, role: str) -> None:
    user = make.user(role=role)
    client = client_of(user)
    assert client.get(LOG).status_code == 403
    assert client.post(f"{LOG}export/", {"format": "csv"}).status_code == 403
    home = client.get("/help/").content.decode()
    assert LOG not in home
    assert "Audit log" not in client.get("/search/?q=audit").content.decode()


def test_a_pmo_of_one_portfolio_does_not(world: World) -> None:
    regional = make.user(role="pmo", on=world.north)
    assert client_of(regional).get(LOG).status_code == 403
    assert LOG not in client_of(regional).get(f"/projects/{world.tram.pk}/history/").content.decode()


def test_nobody_is_asked_to_sign_in_and_a_pmo_finds_it_in_the_menu(world: World, ada: User, client: Any) -> None:
    assert client.get(LOG).status_code == 302
    assert f'href="{LOG}"' in client_of(ada).get("/help/").content.decode()
    assert LOG in client_of(ada).get("/search/?q=audit").content.decode()


def test_a_pmo_reads_everything_in_plain_words(history: User, ada: User) -> None:
    words = " ".join(page(ada).split())
    assert "<b>Budget revised</b>" in words
    assert "<del>€2,640k</del>" in words
    assert "<ins>€3,105k</ins>" in words
    assert "Ben Durand" in words
    assert "Tout autre secret" in words
    assert {"request-budget", "request-revised", "request-secret", "request-role"} <= told(ada)
    ada.language = "fr"
    ada.save()
    words = " ".join(page(ada).split(" "))
    assert "<b>Budget révisé</b>" in words
    assert "2\u202f640\u00a0k€" in words
    assert "3\u202f105\u00a0k€" in words


def test_an_administrator_sees_nothing_of_projects_they_may_not_read(history: User, world: World) -> None:
    by, gil = make.user(role="pmo"), make.user("gil")
    with did("on-secret"):
        grant_membership(by=by, user=gil, role="viewer", project=world.secret)
    with did("on-tram"):
        grant_membership(by=by, user=gil, role="viewer", project=world.tram)
    seen = told(history)
    assert {"request-role", "request-on-tram"} <= seen, "the rights given are theirs to check"
    assert "request-on-secret" not in seen, "but for those that name a confidential project"
    assert not seen & {"request-budget", "request-revised", "request-risk", "request-secret"}
    for query in (
        "project=SECRET",
        "project=TRAM",
        "request=request-secret",
        f"record=projects.Project:{world.secret.pk}",
    ):
        assert told(history, query) == set(), query
    assert "secret" not in page(history, "kind=projects.Project").lower().replace("request-secret", "")
    file = client_of(history).post(f"{LOG}export/", {"format": "csv"})
    assert "secret" not in b"".join(file).decode().lower()  # type: ignore[arg-type]


def test_the_api_shows_an_administrator_no_more_than_the_page(history: User, world: World, ada: User) -> None:
    def read(user: User) -> set[str]:
        answer = client_of(user).get("/api/v1/audit-events/?page_size=200")
        assert answer.status_code == 200
        return {row["request_id"] for row in answer.json()["results"]}

    assert read(history) == told(history)
    assert {"request-secret", "request-budget"} <= read(ada)


def test_amounts_are_shown_where_money_is(history: User, world: World) -> None:
    """An administrator who may also read one project, without its money, sees its risks and not its amounts."""
    make.member(history, "viewer", on=world.tram)
    assert told(history) & {"request-risk", "request-budget", "request-revised"} == {"request-risk"}
    make.member(history, "finance", on=world.tram)
    assert {"request-risk", "request-budget", "request-revised"} <= told(history)


class TestWhatHangsOffNoProject:
    """Events that belong to no project, and would tell of one all the same."""

    def test_files_and_views_are_for_who_kept_them(self, history: User, world: World, ada: User, ben: User) -> None:
        with did("kept"), trace.acting(ben):
            ImportBatch.objects.create(profile="generic", file_name="Fusion.csv", sha256="", size=1, by=ben)
            SavedView.objects.create(owner=ben, page="projects", name="Fusion", query="q=fusion")
            make.person("Fusion")
        with did("mine"), trace.acting(history):
            SavedView.objects.create(owner=history, page="projects", name="Mine")
        assert told(history) & {"request-kept", "request-mine"} == {"request-mine"}
        assert {"request-kept", "request-mine"} <= told(ada)
        assert "usion" not in page(history)

    def test_an_export_does_not_tell_what_was_looked_for(self, history: User, world: World, ada: User) -> None:
        client_of(ada).post(f"{LOG}export/?project=SECRET", {"format": "csv"})
        assert "project=SECRET" in page(ada, "action=export")
        seen = page(history, "action=export")
        assert "Audit log exported" in seen
        assert "SECRET" not in seen
        (row,) = client_of(history).get("/api/v1/audit-events/?action=export").json()["results"]
        assert row["changes"] == {"format": [None, "csv"]}

    def test_a_token_does_not_tell_the_projects_it_is_for(self, history: User, world: World, ada: User) -> None:
        with did("token"), trace.acting(ada):
            tokens.issue(user=ada, name="nightly", projects=[world.secret.pk])
        for reader, shown in ((ada, [None, [world.secret.pk]]), (history, None)):
            (row,) = client_of(reader).get("/api/v1/audit-events/?request_id=request-token").json()["results"]
            assert (row["target_label"], row["changes"].get("projects")) == ("nightly", shown)

    def test_roles_on_a_deleted_project_are_gone_with_it(self, history: User, world: World, ada: User) -> None:
        gil = make.user("gil")
        with did("role-there"):
            grant_membership(by=ada, user=gil, role="viewer", project=world.secret)
        Project.objects.filter(pk=world.secret.pk).delete()
        assert "request-role-there" not in told(history)
        assert "request-role-there" in told(ada)

    def test_every_other_kind_tells_of_the_portal_alone(self) -> None:
        """A new model without a project says in its `record` whether it is `inside`."""
        of_none = {
            model._meta.label
            for model in ledger.recorded()
            if not ledger.record_of(model).project and not model._meta.auto_created
        }
        assert of_none - ledger.inside() == {
            "core.ApiToken",
            "core.User",
            "projects.Node",
            "reporting.ReportingCalendar",
            "reporting.ReportingPeriod",
            "reporting.Threshold",
        }


def test_with_an_emergency_access_they_appear(history: User, world: World) -> None:
    assert told(history, "project=SECRET") == set()
    row = open_emergency(by=history, place=world.secret, minutes=30, reason="Fire", now=timezone.now())
    assert "request-secret" in told(history)
    assert "request-secret" in told(history, "project=SECRET")
    words = page(history, "action=emergency")
    assert 'class="row alarm"' in words
    assert "<title>Alarm</title>" in words
    Membership.objects.filter(pk=row.pk).update(valid_until=timezone.now())
    assert "request-secret" not in told(history)


def test_what_there_is_to_choose_tells_nothing(history: User, ada: User) -> None:
    """The same kinds, actions and sources for every reader, and one sentence, whether or not there is anything hidden."""
    kinds = []
    for reader in (ada, history):
        answer = client_of(reader).get(LOG)
        assert "Events of confidential projects are shown to those who may see them." in answer.content.decode()
        kinds.append(answer.context["table"].kinds)
    assert kinds[0] == kinds[1]
    assert "projects.Risk" in dict(kinds[0])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=projects.Risk", {"risk", "reviewed"}),
        ("kind=projects.Risk,projects.Project", {"risk", "reviewed", "secret"}),
        ("action=create&kind=projects.Risk", {"risk"}),
        ("source=import", {"revised"}),
        ("source=api", {"reviewed"}),
        ("who=ada", {"reviewed", "secret", "role"}),
        ("who=durand", {"budget", "revised", "risk"}),
        ("who=nobody", set()),
        ("project=tram", {"budget", "revised", "risk", "reviewed"}),
        ("project=secret", {"secret"}),
        ("request=request-risk", {"risk"}),
        ("request=request-ris", set()),
        ("kind=no.Such", {"budget", "revised", "risk", "reviewed", "secret", "role"}),
    ],
)
def test_filters(history: User, ada: User, query: str, expected: set[str]) -> None:
    made_before = told(ada) - {
        f"request-{name}" for name in ("budget", "revised", "risk", "reviewed", "secret", "role")
    }
    assert told(ada, query) - made_before == {f"request-{name}" for name in expected}


def test_what_was_done_for_someone_is_found_under_both_names(world: World, ada: User, ben: User) -> None:
    make.event(
        timezone.now(), actor_id=ben.pk, on_behalf_of_id=ada.pk, request_id="lent", token="nightly", note="Holidays"
    )
    assert "lent" in told(ada, "who=ada")
    assert "lent" in told(ada, "who=ben")
    words = page(ada, "request=lent")
    assert "Ben Durand, for Ada Martin" in words
    assert "with the token nightly" in words
    assert "Reason: Holidays" in words


def test_a_period_includes_both_its_days(world: World, ada: User) -> None:
    noon = timezone.localtime().replace(hour=12)
    for days in (1, 2, 3, 4):
        make.event(noon - timedelta(days=days), request_id=f"day-{days}")
    day = {number: (noon - timedelta(days=number)).date().isoformat() for number in range(6)}
    assert told(ada, f"from={day[3]}&to={day[2]}") == {"day-3", "day-2"}
    assert told(ada, f"to={day[4]}") == {"day-4"}
    assert told(ada, f"from={day[1]}&request=day-1") == {"day-1"}
    assert {"day-1", "day-4"} <= told(ada, "from=soon&to=9999-12-31")


def test_pages_follow_each_other_without_a_gap_in_both_directions(world: World, ada: User) -> None:
    now = timezone.now()
    for number in range(230):
        make.event(now - timedelta(days=1, minutes=number // 7), request_id=f"n-{number}")  # seven share a moment
    for sort in ("-at", "at"):
        seen: list[int] = []
        address = f"{LOG}?sort={sort}&to={timezone.localdate(now - timedelta(days=1))}"
        while address:
            table = client_of(ada).get(address).context["table"]
            seen += [line.pk for line in table.rows]
            address = table.more_url
        expected = (
            AuditEvent.objects.filter(request_id__startswith="n-").order_by("at", "pk").values_list("pk", flat=True)
        )
        assert seen == (list(expected) if sort == "at" else list(reversed(expected)))


def test_queries_do_not_grow_with_the_rows(history: User, ada: User, world: World) -> None:
    """Session, user, rights, kinds for the filter, count, rows, names, kinds and currencies of amounts, projects."""
    client, counts = client_of(ada), []
    for rows in (1, 40):
        for number in range(rows):
            changes = {"title": ["a", f"b{number}"]}
            make.event(
                timezone.now(), target_type="projects.Risk", target_id=number, project_id=world.tram.pk, changes=changes
            )
        with CaptureQueriesContext(connection) as caught:
            client.get(LOG)
        counts.append(len(caught))
    assert counts[0] == counts[1], [query["sql"][:90] for query in caught.captured_queries]
    assert counts[0] <= 14


def test_every_filter_finds_its_index(world: World, ada: User) -> None:
    """As with millions, where reading the table whole or sorting it would be slow (tests/exams/test_audit_volume.py)."""
    volume.fill(30_000)
    for query, index in volume.INDEXES.items():
        plan = volume.plan(ada, query)
        assert index in plan, (query, plan)
        assert "Seq Scan on core_auditevent" not in plan, (query, plan)


class TestFiles:
    def test_csv_holds_the_filtered_rows_one_a_field(self, history: User, ada: User) -> None:
        answer = client_of(ada).post(f"{LOG}export/?project=tram&source=import", {"format": "csv"})
        assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
        rows = list(csv.DictReader(StringIO(b"".join(answer).decode("utf-8-sig")), delimiter=";"))  # type: ignore[arg-type]
        assert len(rows) == 1
        assert (rows[0]["Who"], rows[0]["User name"], rows[0]["Project"]) == ("Ben Durand", "ben", "TRAM")
        assert (rows[0]["Field"], rows[0]["Before"], rows[0]["After"]) == ("Amount", "€2,640k", "€3,105k")
        assert rows[0]["Request"] == "request-revised"

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_no_text_runs_as_a_formula(self, history: User, ada: User, kind: str) -> None:
        answer = client_of(ada).post(f"{LOG}export/?request=request-reviewed", {"format": kind})
        if kind == "csv":
            text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
            cells = [value for row in csv.reader(StringIO(text), delimiter=";") for value in row]
        else:
            sheet = load_workbook(BytesIO(answer.content)).active
            assert sheet is not None
            found = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert all(cell.data_type != "f" for cell in found)
            cells = [str(cell.value) for cell in found]
        assert "'=HYPERLINK(1)" in cells
        assert not [value for value in cells if value.startswith(("=", "+", "@"))]

    def test_the_export_is_itself_in_the_log(self, history: User, world: World, ada: User) -> None:
        of_tram = AuditEvent.objects.filter(project_id=world.tram.pk).count()
        client_of(ada).post(f"{LOG}export/?project=tram", {"format": "xlsx"})
        event = AuditEvent.objects.get(action="export")
        assert (event.actor, event.changes["rows"], event.changes["filters"]) == (
            ada,
            [None, of_tram],
            [None, "project=tram"],
        )
        assert "Audit log exported" in page(ada, "action=export")
        assert client_of(ada).get(f"{LOG}export/").status_code == 405, "reading leaves nothing behind"

    def test_too_many_rows_are_refused_with_a_remedy(self, history: User, ada: User, monkeypatch: Any) -> None:
        monkeypatch.setattr("projects.audit.export.MOST", {"csv": 2, "xlsx": 2})
        answer = client_of(ada).post(f"{LOG}export/?project=tram", {"format": "csv"}, follow=True)
        assert "More than 2 events: narrow the list" in answer.content.decode()
        assert answer.redirect_chain[-1][0] == f"{LOG}?project=tram"
        assert not AuditEvent.objects.filter(action="export").exists()


def test_after_the_retention_rule_the_log_says_so(world: World, ada: User) -> None:
    make.event(timezone.now() - timedelta(days=900))
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_audit_purge(now() - interval '800 days', 10, 'rule')")
    words = page(ada)
    assert "were removed by the retention rule" in words
    assert "Old history removed" in words
