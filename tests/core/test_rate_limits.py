"""One caller asks so much in a minute and no more, whatever they write into headers, and never a 500 for our own outage.

Exam C 41 of security.md.
"""

import multiprocessing
import time
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from redis import Redis

from pmo_portal.core import rate_limits, tokens
from pmo_portal.core.rate_limits import Alone, Counter, Limit, take
from tests import make
from tests.core.api_client import Api


@pytest.fixture
def rates(settings):
    def limited(**rates):
        settings.API_RATES = {"reads": 0, "writes": 0, "failures": 0, "address": 0, "imports": 0, **rates}

    return limited


@pytest.fixture
def counted():
    """A counter that forgets nothing between tests but has keys of its own."""
    name = uuid4().hex
    return lambda most, key="": Limit(f"test:{name}:{key}", most)


def test_so_many_and_no_more(counted):
    limit = counted(5)
    verdicts = [take([limit]) for _each in range(8)]
    assert [one.allowed for one in verdicts] == [True] * 5 + [False] * 3
    assert [one.left for one in verdicts] == [4, 3, 2, 1, 0, 0, 0, 0]
    assert 0 < verdicts[-1].wait <= 60
    assert verdicts[-1].headers["Retry-After"] == verdicts[-1].headers["RateLimit-Reset"]
    assert "Retry-After" not in verdicts[0].headers


def test_a_refused_request_counts_for_nothing(counted):
    """Two limits: what the narrow one refuses is not taken from the wide one."""
    narrow, wide = counted(2, "narrow"), counted(10, "wide")
    for _each in range(6):
        take([narrow, wide])
    assert take([wide]).left == 7


def test_no_limit_asks_nobody():
    assert take([Limit("nobody", 0)]) is None


def test_the_window_slides(counted):
    """By seconds that are set back: what is a minute old is free again, and not before."""
    limit, server = counted(3), Redis.from_url(django_settings.REDIS_URL)
    now = server.time()[0]
    server.hset(f"pmo:rate:{limit.key}", mapping={str(now - 61): 2, str(now - 50): 2})
    assert take([limit]).left == 0
    refused = take([limit])
    assert (refused.allowed, refused.wait in (9, 10)) == (False, True)


def flood(key: str, most: int, seconds: float, answers) -> None:
    until, allowed, tried = time.monotonic() + seconds, 0, 0
    counter = Counter()
    while time.monotonic() < until:
        tried += 1
        allowed += not counter.take([Limit(key, most)])[0]
    answers.put((allowed, tried))


def test_four_processes_together_get_what_one_would(counted):
    limit, answers = counted(500), multiprocessing.get_context("fork").Queue()
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=flood, args=(limit.key, limit.most, 3.0, answers)) for _each in range(4)]
    for one in running:
        one.start()
    found = [answers.get(timeout=30) for _each in running]
    for one in running:
        one.join()
    allowed, tried = sum(one[0] for one in found), sum(one[1] for one in found)
    print(f"{tried} tries by 4 processes, {allowed} allowed of {limit.most}")  # noqa: T201
    assert tried > 2 * limit.most
    assert allowed == limit.most


def test_without_valkey_each_process_counts_by_itself(counted, monkeypatch):
    counter = Counter()
    counter.script = counter.server.register_script("return redis.call('NO SUCH COMMAND')")
    limit = counted(3)
    answers = [counter.take([limit]) for _each in range(5)]
    assert [one[0] for one in answers] == [0, 0, 0, 1, 1]
    assert counter.quiet_until > time.monotonic()


def test_alone_the_window_slides_too():
    alone, limit = Alone(), Limit("x", 2)
    assert [alone.take([limit], second)[0] for second in (100, 130, 159)] == [0, 0, 1]
    assert alone.take([limit], 159)[2] == 1
    assert [alone.take([limit], second)[0] for second in (160, 161, 191)] == [0, 1, 0]


@pytest.mark.django_db
class TestApi:
    def test_a_token_reads_and_writes_by_separate_limits(self, ada, world, rates):
        rates(reads=3, writes=2)
        api = Api(ada)
        answers = [api.get("projects/") for _each in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        assert [one["RateLimit-Remaining"] for one in answers] == ["2", "1", "0", "0", "0"]
        assert answers[0]["RateLimit-Limit"] == "3"
        refused = answers[-1]
        assert refused["Content-Type"] == "application/problem+json"
        assert 0 < int(refused["Retry-After"]) <= 60
        assert refused.json()["type"].endswith(":too-many")
        writes = [api.post("projects/", {}).status_code for _each in range(3)]
        assert writes == [400, 400, 429], "what is refused counts as well"
        assert Api(ada).get("projects/").status_code == 200, "another token has a limit of its own"

    def test_scope_refusals_count(self, ada, rates):
        rates(reads=2)
        api = Api(None)
        text = tokens.issue(user=ada, name="x", scopes=["risks:read"])[1]
        api.headers = {"Authorization": f"Token {text}"}
        assert [api.get("projects/").status_code for _each in range(3)] == [403, 403, 429]

    def test_a_browser_has_the_limit_of_its_person(self, ada, client, rates):
        rates(reads=2)
        client.force_login(ada)
        assert [client.get("/api/v1/projects/").status_code for _each in range(3)] == [200, 200, 429]

    @pytest.mark.parametrize("header", ["Token pmo_aaaaaaaa_wrong", ""])
    def test_strangers_are_stopped_by_their_address(self, rates, header, settings):
        rates(failures=4)
        address = f"2001:db8::{uuid4().hex[:4]}"
        codes = []
        for number in range(8):
            api = Api(None)
            api.client.defaults["REMOTE_ADDR"] = address
            api.headers = {"X-Forwarded-For": f"192.0.2.{number}", **({"Authorization": header} if header else {})}
            codes.append(api.get("projects/").status_code)
        assert codes == [401] * 4 + [429] * 4, "whatever they forward themselves"

    def test_behind_a_proxy_the_address_is_the_one_it_saw(self, rates, settings):
        rates(failures=2)
        settings.NUM_PROXIES = 1
        seen = f"2001:db8::{uuid4().hex[:4]}"
        codes = []
        for number in range(4):
            api = Api(None)
            api.headers = {"X-Forwarded-For": f"192.0.2.{number}, {seen}"}
            codes.append(api.get("projects/").status_code)
        assert codes == [401, 401, 429, 429]

    def test_one_address_has_a_limit_over_all_its_callers(self, rates):
        rates(reads=100, address=3)
        address, codes = f"2001:db8::{uuid4().hex[:4]}", []
        for _each in range(5):
            api = Api(make.user())
            api.client.defaults["REMOTE_ADDR"] = address
            codes.append(api.get("me/").status_code)
        assert codes == [200, 200, 200, 429, 429]

    def test_valkey_away_is_no_error(self, ada, rates, monkeypatch):
        rates(reads=2)
        lost = Counter()
        lost.server = Redis(port=1, socket_connect_timeout=0.2)
        lost.script = lost.server.register_script("return 1")
        monkeypatch.setattr(rate_limits, "counter", lambda: lost)
        api = Api(ada)
        assert [api.get("projects/").status_code for _each in range(3)] == [200, 200, 429]
