"""Every address × every identity answers what the reviewed tables say (pages.txt, api.txt); a new address needs its rows.

`pytest tests/contracts/access/write_tables.py` adds the rows that are missing, marked "?" until somebody has read them against
projects/access/policy.py. Here: every address for whoever has no role at all, and for every
sixth of those inside the scope and every other outside it (which ones differs from row to row); every cell, and other ways of
asking, are an exam (tests/exams/test_access.py).
"""

import base64
import struct
from zlib import crc32

import pytest
from django.db import connection

from pmo_portal.core import trace
from pmo_portal.core.models import User
from tests.contracts.access import canaries, table
from tests.contracts.access.addresses import Ask, classes_of, named_patterns, refused, wanted
from tests.contracts.access.crawl import Crawl, Found, Writes
from tests.contracts.access.people import SCOPES, cast_of, someone
from tests.contracts.access.places import built, own_rows

HOW = (
    "Run `.venv/bin/python -m pytest -q tests/contracts/access/write_tables.py`, then read each line that begins with “?” in"
    " tests/contracts/access/{pages,api}.txt against projects/access/policy.py, and take the “?” away."
)
LEAST = {"special": 5_000, "inside": 3_000, "outside": 3_000}  # requests: 15,000 in all (exam A 4)
EACH = {"special": 1, "inside": 6, "outside": 2}  # one identity in so many is asked about a row


def test_every_address_says_what_its_argument_names() -> None:
    silent = [name for name, pattern in named_patterns() if not classes_of(name, pattern)]
    assert silent == [], "Say in tests/contracts/access/addresses.py (CLASSES, ODD, FIXED) what these addresses name."


def test_every_address_and_method_has_its_row() -> None:
    rows, known = table.everything(), set(wanted())
    missing = [f"{ask.name} {ask.method} {ask.kind}" for ask in wanted() if ask not in rows]
    assert missing == [], f"Addresses without a row in the access tables. {HOW}"
    assert [ask for ask in rows if ask not in known] == [], "These addresses are gone: take their rows away."


def test_every_row_was_reviewed() -> None:
    unread = [ask for path in table.FILES.values() for ask in table.read(path)[1]]
    assert unread == [], HOW


@pytest.mark.django_db
@pytest.mark.timeout(1500)  # minutes, even on a quiet machine
@pytest.mark.parametrize("scope", ["special", "inside", "outside"])
def test_the_tables_say_what_happens(scope: str) -> None:
    """The expected answer, no mark of what is hidden, nothing changed by a refusal or by reading."""
    rows = list(table.everything())
    rows = [ask for ask in rows if scope != "outside" or ask.kind in ("-", "open", "mine")]
    found = check(scope, rows, each=EACH[scope])
    told = f"{scope}: {found.requests} requests, {found.outputs} outputs, {found.letters} letters"
    print(f"\nexams A 1, 4, 5, 10, {told}")  # noqa: T201
    assert found.requests >= LEAST[scope]
    assert found.lines >= found.requests, "each request leaves a line in the log"
    assert found.letters > 0 or scope != "inside"


@pytest.mark.django_db
def test_a_statement_that_writes_is_noticed(ada: User) -> None:
    """With what the portal puts in front of it; a list that is read is none."""
    for change, writes in (
        (lambda: User.objects.update(first_name="A"), True),
        (lambda: list(User.objects.all()), False),
    ):
        noticed = Writes()
        with trace.tracing(source="page"), connection.execute_wrapper(noticed):
            change()
        assert noticed.happened is writes


@pytest.mark.django_db
def test_what_was_planted_is_told_to_who_may_read_it() -> None:
    """Else nothing would be found either where it leaks."""
    places = built()
    asker = someone("everywhere", "pmo", places)
    for kind in canaries.AMOUNTS:
        project = places.named["project"][kind]
        for path in (f"/projects/{project}/budget/", f"/api/v1/health/{project}/"):
            assert canaries.amounts_told(asker.browser().get(path).content.decode(), (kind,)), path


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (
            "open",
            "1 239 567,89|1,239,567.89|1239567.89|1 239 568|€1,240k|1 240 k€|1239 k€|1.2 M€|1,24 M€|€1.2M|1.12 M€|1 240",
        ),
        ("open", "1.23956789|1\u202f239\u202f567,89|1\u202f240\u00a0k€|1\\u202f239\\u202f567|1122334.55"),
        (
            "hidden",
            "987 123 654,12|987123654.12|987,124k|987 124 k€|987.1 M€|€988.4M|988363222.01|987\u202f124|976,3 M€",
        ),
        ("foreign", "98712365409.34|98 712 365 409|98.7 Md€|€99.7bn|98,712,365k|98 712,4 M€|98\u202f712\u202f365"),
    ],
)
def test_an_amount_is_found_however_it_is_written(kind: str, written: str) -> None:
    assert [one for one in written.split("|") if not canaries.amounts_told(f"<td>{one}</td>", (kind,))] == []
    others = "98995582553abcde|4987123654|v1.2.3 m|987654321|1.2.3|98 995 12"
    assert [one for one in others.split("|") if canaries.amounts_told(one, (kind,))] == []


def test_numbers_of_charts_are_unpacked() -> None:
    packed = base64.b64encode(struct.pack("<2d", 1.0, 1239567.89)).decode()
    assert canaries.amounts_told(f'{{"dtype":"f8","bdata":"{packed}"}}', ("open",)) == ["1239567"]


def check(scope: str, asks: list[Ask], *, each: int = 1) -> Found:
    """Ask these rows for the identities of the scope, one in `each`, and compare with the tables."""
    crawl, rows, roles = Crawl(built()), table.everything(), SCOPES[scope]
    people = cast_of(scope, crawl.places)
    own_rows(crawl.places, people)
    crawl.start()
    for (
        asker
    ) in people:  # by chance that is always the same: rows come in fours, which a count of rows would fall in step with
        crawl.ask(asker, [ask for ask in asks if crc32(f"{asker.name} {ask}".encode()) % each == 0])
    different = [
        f"{ask.name} {ask.method} {ask.kind}: {role} {scope} gets {got}, the table says {rows[ask][scope][roles.index(role)]}"
        for (ask, _scope, role), got in crawl.found.signs.items()
        if rows[ask][scope][roles.index(role)] != got
    ]
    assert different == []
    assert crawl.found.wrong == []
    return crawl.found


@pytest.mark.django_db
def test_no_other_method_does_anything() -> None:
    """Refused, or (forms that take PUT for POST) shown again: nothing is written."""
    crawl = Crawl(built())
    asker = someone("everywhere", "pmo", crawl.places)
    own_rows(crawl.places, [asker])
    crawl.start()
    crawl.ask(asker, refused(), idle=True)
    answered = {ask: sign for (ask, _scope, _role), sign in crawl.found.signs.items() if sign not in "mxu.>r/bo"}
    assert answered == {}
    assert crawl.found.wrong == []
