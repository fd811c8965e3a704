"""The embedded servers under what happens to them on real machines. Every process here is real."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from redis import Redis
from redis.exceptions import RedisError

from pmo_portal.core import embedded, embedded_programs
from pmo_portal.core.embedded_programs import EmbeddedError, check_space
from pmo_portal.core.environment import Environment, socket_directory
from tests.core.processes import HOLD, environment_of, eventually, let_go, process_of, processes_of, ready, start_holder

POSTGRES = "bin/postgres"
VALKEY = "valkey-server"
KEEPER = "embedded_keeper"


def query(directory: Path, sql: str) -> list[tuple[object, ...]]:
    where = Environment.read(environment_of(directory, DATABASE_ROLE="owner"), directory).database
    connection = psycopg2.connect(host=where["HOST"], port=where["PORT"], user=where["USER"], dbname=where["NAME"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def ping(directory: Path) -> bool:
    return bool(Redis.from_url(Environment.read(environment_of(directory), directory).redis_url).ping())


def answers(directory: Path) -> bool:
    try:
        return query(directory, "SELECT 1") == [(1,)] and ping(directory)
    except (psycopg2.Error, RedisError):
        return False


def quiet(directory: Path) -> Callable[[], bool]:
    return lambda: not processes_of(directory)


def test_data_is_kept_from_one_use_to_the_next_and_nothing_runs_between(short_directory: Path) -> None:
    first = start_holder(short_directory)
    assert ready(first)
    query(short_directory, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert let_go(first) == ""
    assert processes_of(short_directory) == []
    second = start_holder(short_directory)
    assert ready(second)
    assert query(short_directory, "SELECT answer, lower('ÉTÉ') FROM kept") == [(42, "été")]
    let_go(second)


def test_the_last_user_stops_the_servers(short_directory: Path) -> None:
    holders = [start_holder(short_directory) for _ in range(3)]  # at once: one keeper wins
    assert all(ready(holder) for holder in holders)
    keepers = processes_of(short_directory, KEEPER)
    assert len(keepers) == 1
    for holder in holders[:2]:
        let_go(holder)
    assert answers(short_directory)
    let_go(holders[2])
    assert processes_of(short_directory) == []


def test_a_killed_user_leaves_nothing_and_loses_nothing(short_directory: Path) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    query(short_directory, "CREATE TABLE kept AS SELECT 1")
    holder.kill()
    holder.communicate()
    assert eventually(quiet(short_directory))
    again = start_holder(short_directory)
    assert ready(again)
    assert query(short_directory, "SELECT count(*) FROM kept") == [(1,)]
    let_go(again)


def test_a_killed_keeper_takes_its_servers_along_and_the_next_use_starts_them(short_directory: Path) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    process_of(short_directory, KEEPER).kill()
    assert eventually(lambda: len(processes_of(short_directory)) == 1), "only the holder is left"
    again = start_holder(short_directory)
    assert ready(again)
    assert answers(short_directory)
    let_go(holder)
    assert answers(short_directory), "the one who came later still uses them"
    let_go(again)


@pytest.mark.parametrize("server", [POSTGRES, VALKEY])
def test_a_killed_server_is_started_again(short_directory: Path, server: str) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    before = process_of(short_directory, server)
    before.kill()
    assert eventually(lambda: not before.is_running() and answers(short_directory), 20)
    assert process_of(short_directory, server).pid != before.pid
    let_go(holder)
    assert eventually(quiet(short_directory))


@pytest.mark.parametrize("name", ["valkey.sock", ".s.PGSQL.5432"])
def test_a_server_whose_socket_was_cleaned_away_is_started_again(short_directory: Path, name: str) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    (short_directory / "run" / name).unlink()
    assert not answers(short_directory)
    assert eventually(lambda: answers(short_directory), 20)
    let_go(holder)


def test_a_stale_note_that_names_a_stranger_harms_neither(short_directory: Path) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    let_go(holder)
    (short_directory / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{short_directory}/postgres\n")
    (short_directory / "run").mkdir(exist_ok=True)
    (short_directory / "run" / "valkey.sock").touch()
    again = start_holder(short_directory)
    assert ready(again)
    assert answers(short_directory)
    let_go(again)


def test_data_of_another_postgresql_is_left_alone_and_the_remedy_named(short_directory: Path) -> None:
    old = short_directory / "postgres"
    old.mkdir()
    (old / "PG_VERSION").write_text("16\n")
    message = let_go(start_holder(short_directory))
    assert "data of PostgreSQL 16, this portal runs 18" in message
    assert f"mv {short_directory} {short_directory}.old" in message
    assert "Traceback" not in message
    assert [path.name for path in old.iterdir()] == ["PG_VERSION"]
    assert eventually(quiet(short_directory))


def test_a_directory_with_something_else_in_it_is_left_alone(short_directory: Path) -> None:
    (short_directory / "postgres").mkdir()
    (short_directory / "postgres" / "letters.txt").write_text("dear")
    assert "is not a PostgreSQL data directory" in let_go(start_holder(short_directory))


def test_a_database_that_cannot_be_made_says_why_and_the_next_try_works(short_directory: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
    message = let_go(start_holder(short_directory, limit + HOLD))
    assert "the database could not be made" in message
    assert "Traceback" not in message
    assert not (short_directory / "postgres").exists(), "half a database never takes the real name"
    again = start_holder(short_directory)
    assert ready(again)
    let_go(again)


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_programs, "FREE_BYTES_NEEDED", 10**18)
    with pytest.raises(EmbeddedError, match=r"only \d+ MB are free where .* Free some space, or set DATA_DIR"):
        check_space(tmp_path)


def test_the_data_of_another_user_is_refused_in_one_sentence(short_directory: Path) -> None:
    private = short_directory / "private"
    private.mkdir(mode=0o700)
    if os.getuid() != 0:
        private.chmod(0)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # in the child: become somebody else where that is possible, then try
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            embedded.attach(environment_of(private / "data"), private)
        except EmbeddedError as refused:
            os.write(writing, refused.message.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        assert "belongs to another user. Run as that user, or set DATA_DIR" in answer.read()
    private.chmod(0o700)


def test_a_long_path_gets_sockets_in_a_short_private_directory(short_directory: Path) -> None:
    deep = short_directory / ("x" * 110)
    holder = start_holder(deep)
    assert ready(holder)
    assert answers(deep)
    sockets = socket_directory(deep)
    assert sockets.stat().st_mode & 0o077 == 0
    let_go(holder)
    assert not sockets.exists(), "nothing is left in the shared temporary folder"
    sockets.symlink_to(short_directory)  # somebody was there first
    assert "belongs to another user" in let_go(start_holder(deep))
    sockets.unlink()


def test_with_both_addresses_set_nothing_is_started(short_directory: Path) -> None:
    directory = short_directory / "data"
    addresses = {"DATABASE_URL": "postgres://someone@127.0.0.1:9/db", "REDIS_URL": "redis://127.0.0.1:9/0"}
    holder = start_holder(directory, **addresses)
    assert ready(holder)
    assert not directory.exists()
    assert [process.pid for process in processes_of(directory)] == [holder.pid]
    let_go(holder)


def test_with_one_address_set_only_the_other_server_is_started(short_directory: Path) -> None:
    holder = start_holder(short_directory, DATABASE_URL="postgres://someone@127.0.0.1:9/db")
    assert ready(holder)
    assert ping(short_directory)
    commands = [" ".join(process.cmdline()) for process in processes_of(short_directory)]
    assert not any(POSTGRES in command for command in commands)
    let_go(holder)


def test_commands_that_read_no_data_start_no_server(short_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(short_directory / "data"))
    for arguments in (["manage.py"], ["manage.py", "check"], ["manage.py", "help"], ["manage.py", "migrate", "--help"]):
        with embedded.for_command(arguments):
            assert not (short_directory / "data" / "users.lock").exists()


def test_a_terminated_command_leaves_nothing(short_directory: Path) -> None:
    holder = start_holder(short_directory)
    assert ready(holder)
    holder.send_signal(signal.SIGTERM)
    holder.communicate(timeout=10)
    assert eventually(quiet(short_directory))


def test_data_below_a_directory_closed_to_others_works_for_whoever_may_enter(short_directory: Path) -> None:
    closed = short_directory / "closed"
    closed.mkdir(mode=0o700)  # as root, PostgreSQL runs as somebody who may not
    holder = start_holder(closed / "data")
    assert ready(holder)
    assert answers(closed / "data")
    assert closed.stat().st_mode & 0o077 == 0, "nothing is opened to others"
    let_go(holder)
