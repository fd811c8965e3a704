"""What travels is compressed, and is the same page once unpacked."""

import gzip

import brotli
import pytest

from tests import make
from tests.reporting.dashboards import pages

pytestmark = pytest.mark.django_db

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def table(client, rows=40, **headers):
    portfolio = make.portfolio("CORE", name="Cœur")
    for position in range(rows):
        make.project(f"P{position}", node=portfolio, name=f"Refonte n° {position}")
    pages.compute()
    return client.get("/projects/", headers=headers)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("GZIP", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0.0,gzip;q=0.000", ""),
        ("identity", ""),
        ("brotli, xgzip", ""),
        ("", ""),
    ],
)
def test_the_best_coding_the_reader_accepts(client, accepted, expected):
    answer = client.get("/sign-in/", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding", "") == expected
    assert UNPACK[expected](answer.content).decode().rstrip().endswith("</html>")
    assert int(answer.headers.get("Content-Length", len(answer.content))) == len(answer.content)
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_table_travels_light(client, ada):
    client.force_login(ada)
    plain = table(client).content
    packed = client.get("/projects/", headers=BROWSER)
    assert packed.headers["Content-Encoding"] == "br"
    assert len(packed.content) < len(plain) / 4
    assert brotli.decompress(packed.content).count(b"<tr class=row") == plain.count(b"<tr class=row") >= 40


def test_the_api_and_its_problems_are_compressed_too(client, ada):
    client.force_login(ada)
    table(client)
    listed = client.get("/api/v1/projects/", headers=BROWSER)
    assert listed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(listed.content).startswith(b'{"next":')
    schema = client.get("/api/v1/schema/", headers={"Accept-Encoding": "gzip"})
    assert schema.headers["Content-Encoding"] == "gzip"


def test_a_version_stays_what_the_next_change_must_send_back(client, ada):
    """A strong ETag names the bytes: an item is sent as it is, so that `If-Match` works whatever the client accepts."""
    client.force_login(ada)
    project = make.project("A", node=make.portfolio("CORE"), name="A" * 300)
    item = client.get(f"/api/v1/projects/{project.pk}/", headers=BROWSER)
    assert len(item.content) > 500
    assert "Content-Encoding" not in item.headers
    assert item.headers["ETag"] == f'"v{project.version}"'


def test_an_open_page_still_hears_that_nothing_changed(client, ada):
    client.force_login(ada)
    table(client)
    asked = {**BROWSER, "HX-Request": "true"}
    first = client.get("/projects/", headers=asked)
    assert first.headers["Content-Encoding"] == "br"
    again = client.get("/projects/", headers={**asked, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_size_of_an_answer_says_little_about_what_is_in_it(client):
    """BREACH: the same page never has the same size twice in a row for long, and its token is masked anew."""
    answers = [client.get("/sign-in/", headers=BROWSER) for _number in range(12)]
    assert len({len(answer.headers["X-Padding"]) for answer in answers}) > 3
    tokens = {
        brotli.decompress(one.content).partition(b'name="csrfmiddlewaretoken" value="')[2][:64] for one in answers
    }
    assert len(tokens) == 12


def test_what_is_short_or_encoded_already_is_left_alone(client):
    short = client.get("/healthz", headers=BROWSER)
    assert "Content-Encoding" not in short.headers
    assert short.json()
