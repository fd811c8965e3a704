"""`manage.py portal` as people use it: start, Ctrl-C, kill -9, a taken port, a child that dies. Every process is real."""

import json
import os
import signal
import socket
import time
import urllib.request
from functools import partial
from pathlib import Path
from urllib.error import HTTPError

import psutil

from tests.core.processes import eventually, free_port, portal, process_of, processes_of, read_until

READY = "Ctrl-C stops it"
WEB = "pmo_portal.web --interface"


def health(port: int) -> tuple[int, dict[str, str], float]:
    """(status, answer, seconds) of /healthz."""
    started = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
            status, body = response.status, response.read()
    except HTTPError as unwell:
        status, body = unwell.code, unwell.read()
    return status, json.loads(body), time.monotonic() - started


def test_start_twice_ctrl_c_and_start_again(short_directory: Path) -> None:
    port = free_port()
    with portal(short_directory, port) as first:
        said = read_until(first, READY)
        assert f"http://127.0.0.1:{port}" in said
        way_in = read_until(first, "/set-up/").split()[-1]
        with urllib.request.urlopen(way_in, timeout=10) as response:
            assert response.status == 200, "no account is made that nobody asked for"
        status, answer, _ = health(port)
        assert status == 200
        assert (answer["status"], answer["database"], answer["queue"]) == ("ok", "ok", "ok")
        with portal(short_directory, free_port()) as second:
            assert f"already runs on {short_directory}: http://127.0.0.1:{port}" in second.communicate(timeout=20)[0]
            assert second.returncode == 1
        secrets = (short_directory / "secrets.json").read_bytes()
        os.killpg(first.pid, signal.SIGINT)  # Ctrl-C: to everything in the terminal's foreground
        started = time.monotonic()
        first.communicate(timeout=20)
        assert time.monotonic() - started < 8
        assert first.returncode == 0
    assert processes_of(short_directory) == []
    with portal(short_directory, port) as again:
        started = time.monotonic()
        assert READY in read_until(again, READY)
        assert time.monotonic() - started < 10
        assert (short_directory / "secrets.json").read_bytes() == secrets
        again.terminate()
        again.communicate(timeout=8)
    assert processes_of(short_directory) == []


def test_after_a_kill_9_nothing_stays_and_the_next_start_works(used_directory: Path) -> None:
    port = free_port()
    with portal(used_directory, port) as killed:
        read_until(killed, READY)
        killed.kill()
        killed.communicate()
    assert eventually(lambda: processes_of(used_directory) == [], 15)
    with portal(used_directory, port) as again:
        assert READY in read_until(again, READY)
        assert health(port)[0] == 200


def test_children_that_outlived_a_killed_supervisor_are_stopped_by_the_next_one(used_directory: Path) -> None:
    orphan = psutil.Popen(["sleep", "300"], start_new_session=True)
    stranger = psutil.Popen(["sleep", "300"], start_new_session=True)
    children = [[orphan.pid, orphan.create_time()], [stranger.pid, stranger.create_time() - 1000]]
    used_directory.joinpath("portal.lock").write_text(json.dumps({"pid": 1, "url": "", "children": children}))
    try:
        with portal(used_directory, free_port()) as started:
            assert "Stopped 1 processes which an earlier portal left behind" in read_until(started, "Database")
            assert orphan.wait(5) == -signal.SIGKILL
            assert stranger.poll() is None, "a pid that another program has taken over is not ours"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_names_the_remedy(short_directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with portal(short_directory, taken.getsockname()[1], "--demo") as refused:
            said = refused.communicate(timeout=20)[0]
    assert refused.returncode == 1
    assert f"port {taken_port(said)} on 127.0.0.1 is taken" in said
    assert "PORT=8010 make demo" in said
    assert "Traceback" not in said
    assert processes_of(short_directory) == []


def taken_port(said: str) -> str:
    return said.split("port ", 1)[1].split(" ", 1)[0]


def test_data_of_another_version_ends_the_start_in_one_sentence(short_directory: Path) -> None:
    (short_directory / "postgres").mkdir()
    (short_directory / "postgres" / "PG_VERSION").write_text("17\n")
    with portal(short_directory, free_port()) as refused:
        said = refused.communicate(timeout=20)[0]
    assert refused.returncode == 1
    assert "data of PostgreSQL 17, this portal runs 18" in said
    assert "Traceback" not in said
    assert eventually(lambda: processes_of(short_directory) == [])


def test_whatever_dies_is_started_again_and_a_cut_dependency_is_told(used_directory: Path) -> None:
    port = free_port()
    with portal(used_directory, port) as running:
        read_until(running, READY)
        parent = process_of(used_directory, WEB)
        first, other = parent.children()
        first.kill()
        first.wait(10)
        assert well(port), "the other web process goes on"
        assert eventually(lambda: len(set(parent.children()) - {first}) == 2)
        assert other.is_running()
        for name, words in (("worker", "-A pmo_portal worker"), ("web", WEB)):
            before = process_of(used_directory, words)
            before.kill()
            assert f"The {name} process ended (code -9); starting it again" in read_until(running, "starting it again")
            assert eventually(partial(runs_anew, used_directory, words, before.pid), 20)
            assert eventually(lambda: well(port), 20)
        for words, part in (("valkey-server", "queue"), ("bin/postgres", "database")):
            server = process_of(used_directory, words)
            server.suspend()
            try:
                status, answer, seconds = health(port)
            finally:
                server.resume()
            assert (status, answer["status"]) == (503, "unwell")
            assert answer[part] != "ok"
            assert seconds <= 5
            assert eventually(lambda: well(port), 20)
        process_of(used_directory, "embedded_keeper").kill()
        assert "embedded servers were killed; starting them again" in read_until(running, "embedded servers")
        assert eventually(lambda: well(port), 20)


def runs_anew(directory: Path, words: str, old_pid: int) -> bool:
    pids = [process.pid for process in processes_of(directory, words)]
    return bool(pids) and old_pid not in pids


def well(port: int) -> bool:
    try:
        return health(port)[0] == 200
    except OSError:
        return False


def test_ctrl_c_while_starting_stops_at_once(short_directory: Path) -> None:
    with portal(short_directory, free_port()) as starting:
        assert eventually(lambda: processes_of(short_directory, "embedded_keeper") != [])
        os.killpg(starting.pid, signal.SIGINT)
        said = starting.communicate(timeout=8)[0]
    assert "Traceback" not in said
    assert eventually(lambda: processes_of(short_directory) == [])
