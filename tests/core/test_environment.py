"""What the environment may say, and what production refuses (exam 95 of security.md §11)."""

import json
import os
import secrets
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pmo_portal.core.environment import Environment, socket_directory
from pmo_portal.core.variables import RefusedToStart

BASE_DIR = Path(__file__).resolve().parents[2]
GOOD_KEY = "kV9-zQ3_xT7bLw2YpJ8cRf5GhNd4sMu6aEi1oXq0vBtZyWnCjKrHlPgDfSmA"
GOOD_PEPPER = "Zt4Xb8Nq2Wc6Vm0Kj9Hg7Fd5Sa3Po1Iu-yRrEwB"
PRODUCTION = {
    "PMO_ENV": "production",
    "SECRET_KEY": GOOD_KEY,
    "TOKEN_PEPPERS": GOOD_PEPPER,
    "DATABASE_URL": "postgres://portal:9dKq-vX2_mRt7@db.example.org:5433/pmo?sslmode=require",
    "REDIS_URL": "redis://:4mWt-yH8_zQn6@queue:6379/0",
    "ALLOWED_HOSTS": "pmo.example.org",
    "BEHIND_PROXY": "1",
}


def test_production_with_everything_in_order_is_read(tmp_path: Path) -> None:
    read = Environment.read(PRODUCTION, tmp_path)
    assert read.production
    assert (read.secret_key, read.token_peppers) == (GOOD_KEY, [GOOD_PEPPER])
    assert read.database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "pmo",
        "USER": "portal",
        "PASSWORD": "9dKq-vX2_mRt7",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }
    assert all(name.startswith("__Host-") for name in read.cookie_names)
    assert not list(tmp_path.iterdir()), "production makes no secret up and writes nothing"


@pytest.mark.parametrize(
    ("change", "variable", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY", "missing"),
        ({"SECRET_KEY": GOOD_KEY[:49]}, "SECRET_KEY", "shorter than 50"),
        ({"SECRET_KEY": "django-insecure-" + GOOD_KEY}, "SECRET_KEY", "default"),
        ({"SECRET_KEY": "changeme" * 10}, "SECRET_KEY", "default"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY", "repeats"),
        ({"TOKEN_PEPPERS": ""}, "TOKEN_PEPPERS", "missing"),
        ({"TOKEN_PEPPERS": GOOD_PEPPER[:31]}, "TOKEN_PEPPERS", "shorter than 32"),
        ({"TOKEN_PEPPERS": f"{GOOD_PEPPER},{GOOD_PEPPER}"}, "TOKEN_PEPPERS", "repeats"),
        ({"TOKEN_PEPPERS": GOOD_KEY}, "TOKEN_PEPPERS", "repeats"),
        ({"TOKEN_PEPPERS": "z" * 40}, "TOKEN_PEPPERS", "repeats"),
        ({"DATABASE_URL": ""}, "DATABASE_URL", "missing"),
        ({"DATABASE_URL": "mysql://a:b@c/d"}, "DATABASE_URL", "PostgreSQL"),
        ({"DATABASE_URL": "postgres://portal@db/pmo"}, "DATABASE_PASSWORD", "missing"),
        ({"DATABASE_URL": "postgres://portal:postgres@db/pmo"}, "DATABASE_PASSWORD", "default"),
        ({"DATABASE_URL": "postgres://portal:x7Kq2@db/pmo"}, "DATABASE_PASSWORD", "shorter than 12"),
        ({"DATABASE_URL": "postgres://portal-of-pmo:portal-of-pmo@db/pmo"}, "DATABASE_PASSWORD", "user's name"),
        ({"DATABASE_ROLE": "root"}, "DATABASE_ROLE", "not a role"),
        ({"DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": "x"}, "DATABASE_OWNER_URL", "PostgreSQL"),
        ({"DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": "postgres://o@db/pmo"}, "DATABASE_OWNER_PASSWORD", "missing"),
        ({"REDIS_URL": ""}, "REDIS_URL", "missing"),
        ({"REDIS_URL": "http://:4mWt-yH8_zQn6@queue"}, "REDIS_URL", "not a Redis address"),
        ({"REDIS_URL": "redis://queue:6379/0"}, "REDIS_PASSWORD", "missing"),
        ({"REDIS_URL": "redis://:foobared@queue:6379/0"}, "REDIS_PASSWORD", "shorter than 12"),
        ({"DEBUG": "1"}, "DEBUG", "on"),
        ({"DEBUG": "perhaps"}, "DEBUG", "neither"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS", "missing"),
        ({"ALLOWED_HOSTS": "pmo.example.org,*"}, "ALLOWED_HOSTS", "every name"),
        ({"BEHIND_PROXY": ""}, "BEHIND_PROXY", "not set"),
        ({"PMO_ENV": "prod"}, "PMO_ENV", "not a kind"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/secret"}, "SECRET_KEY_FILE", "cannot be read"),
    ],
)
def test_production_refuses(tmp_path: Path, change: dict[str, str], variable: str, reason: str) -> None:
    with pytest.raises(RefusedToStart) as refused:
        Environment.read({**PRODUCTION, **change}, tmp_path)
    message = str(refused.value)
    assert "\n" not in message
    assert variable in message
    assert reason in message
    for value in [change.get("SECRET_KEY"), change.get("TOKEN_PEPPERS"), "9dKq-vX2_mRt7", "x7Kq2"]:
        assert not value or value not in message, "the message must not give the secret away"


def test_a_refusal_ends_the_process_quickly_with_one_line(tmp_path: Path) -> None:
    values = {**PRODUCTION, "SECRET_KEY": "short-key-Zx81", "PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE_DIR, env=values, capture_output=True, text=True
    )
    assert time.monotonic() - started < 5
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "SECRET_KEY" in done.stderr
    assert "short-key-Zx81" not in done.stderr + done.stdout


def test_secrets_and_passwords_may_come_from_files(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("key", "peppers", "password", "redis")}
    files["key"].write_text(GOOD_KEY + "\n")
    files["peppers"].write_text(f"{GOOD_PEPPER}\n{GOOD_PEPPER[::-1]}\n")
    files["password"].write_text("9dKq-vX2/mRt7@\n")
    files["redis"].write_text("p@ss/word-of-redis")
    values = {
        **{name: value for name, value in PRODUCTION.items() if name not in ("SECRET_KEY", "TOKEN_PEPPERS")},
        "SECRET_KEY_FILE": str(files["key"]),
        "TOKEN_PEPPERS_FILE": str(files["peppers"]),
        "DATABASE_URL": "postgres://portal@db/pmo",
        "REDIS_URL": "redis://queue:6379/0",
        "DATABASE_PASSWORD_FILE": str(files["password"]),
        "REDIS_PASSWORD_FILE": str(files["redis"]),
    }
    read = Environment.read(values, tmp_path)
    assert read.secret_key == GOOD_KEY
    assert read.token_peppers == [GOOD_PEPPER, GOOD_PEPPER[::-1]]
    assert read.database["PASSWORD"] == "9dKq-vX2/mRt7@"
    assert read.redis_url == "redis://:p%40ss%2Fword-of-redis@queue:6379/0"


def test_outside_production_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = Environment.read({}, tmp_path)
    kept = tmp_path / ".data" / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(first.secret_key) >= 50
    assert Environment.read({}, tmp_path).secret_key == first.secret_key
    assert Environment.read({}, tmp_path).token_peppers == first.token_peppers
    kept.write_text("{damaged")
    with pytest.raises(RefusedToStart, match=r"Delete .*secrets\.json"):
        Environment.read({}, tmp_path)


def test_two_processes_that_start_at_once_keep_the_same_secrets(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from pmo_portal.core.environment import Environment as E; " + (
        "print(E.read({}, Path(sys.argv[1])).secret_key)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1


def test_without_urls_the_addresses_are_those_of_the_embedded_servers(tmp_path: Path) -> None:
    read = Environment.read({}, tmp_path)
    sockets = tmp_path / ".data" / "run"
    assert read.database["HOST"] == str(sockets)
    assert read.redis_url == f"unix://{sockets}/valkey.sock?db=0"
    assert read.broker_url == f"redis+socket://{sockets}/valkey.sock?virtual_host=0"


def test_a_long_path_gets_a_short_socket_directory_always_the_same(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    assert socket_directory(long) == socket_directory(long)
    assert len(str(socket_directory(long) / ".s.PGSQL.5432.lock")) <= 107
    assert socket_directory(long) != socket_directory(long / "other")


def test_lists_flags_and_numbers(tmp_path: Path) -> None:
    read = Environment.read({"A": " x, y ,,", "B": "Yes", "C": "12", "D": "many"}, tmp_path)
    assert read.list("A") == ["x", "y"]
    assert read.flag("B")
    assert not read.flag("NOT_THERE")
    assert (read.integer("C", 1), read.integer("NOT_THERE", 7)) == (12, 7)
    with pytest.raises(RefusedToStart, match="D is not a whole number"):
        read.integer("D", 1)


def test_random_keys_of_the_recommended_kind_are_always_accepted(tmp_path: Path) -> None:
    for _ in range(200):
        values = {**PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(64), "TOKEN_PEPPERS": secrets.token_urlsafe(48)}
        assert json.dumps(Environment.read(values, tmp_path).token_peppers)
