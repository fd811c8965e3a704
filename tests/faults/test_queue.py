"""A queue that forgets, dies or hangs: no write fails, nothing stays undone (security.md exam 64)."""

import logging
import os
import signal
import statistics
import time
from typing import Any

import pytest
from kombu import Connection, Consumer, Message, Queue

from pmo_portal.core import queue_transport
from tests.core.processes import eventually
from tests.faults.harness import Site


def p95(log: list[dict[str, Any]]) -> float:
    return statistics.quantiles((entry["seconds"] for entry in log), n=20)[18]


def written(site: Site, ids: list[int], seconds: float) -> list[dict[str, Any]]:
    """What 20 writes a second by four clients were answered in this time."""
    site.ask("start_writing", ids, 4, 20)
    time.sleep(seconds)
    log: list[dict[str, Any]] = site.ask("stop_writing")
    assert [entry for entry in log if entry["failed"]] == []
    return log


def test_an_emptied_queue_costs_at_most_a_sweep(site: Site) -> None:
    ids = site.portfolio(40)
    site.worker()
    site.beat()
    for days in range(5, 25, 5):
        site.ask("change", ids, days)
        site.flush_valkey()
    site.converge()
    site.ask("change", ids[:1], 28)
    assert eventually(lambda: not site.ask("waiting"), 5)


def test_killed_queue_under_writes(site: Site) -> None:
    ids = site.portfolio(40)
    worker = site.worker()
    site.beat()
    normal = p95(written(site, ids, 3))
    site.ask("start_writing", ids, 4, 20)
    for _ in range(3):
        time.sleep(1.5)
        site.kill_valkey()
    time.sleep(1.5)
    log = site.ask("stop_writing")
    assert worker.poll() is None
    assert [entry for entry in log if entry["failed"]] == []
    assert p95(log) <= max(2 * normal, 0.1), f"{p95(log):.3f} s, without faults {normal:.3f} s"
    site.converge()
    site.ask("change", ids[:1], 28)  # the worker takes rings again
    assert eventually(lambda: site.ask("forecasts", ids[:1])[str(ids[0])] == "2027-07-28", 10)
    assert worker.poll() is None


def test_hanging_queue_under_writes(site: Site) -> None:
    ids = site.portfolio(40)
    worker = site.worker()
    site.beat()
    victim = site.mine(site.valkey_pid())
    victim.send_signal(signal.SIGSTOP)
    try:
        log = written(site, ids, 7)
    finally:
        os.kill(victim.pid, signal.SIGCONT)
    site.faults += 1
    assert max(entry["seconds"] for entry in log) < 4
    assert statistics.median(entry["seconds"] for entry in log) < 0.2
    site.converge()
    assert worker.poll() is None


def test_a_worker_survives_queues_that_die_under_its_hands(site: Site) -> None:
    """Rings are being acknowledged all the time when each queue is killed: the worker waits for the next one and goes on."""
    ids = site.portfolio(20)
    worker = site.worker()
    site.beat()
    for days in range(1, 4):
        assert eventually(site.valkey_answers, 10)
        site.ask("ring_many", 400)
        site.kill_valkey()
        site.ask("change", ids, days)
    site.converge()
    site.ask("change", ids[:1], 28)
    assert eventually(lambda: site.ask("forecasts", ids[:1])[str(ids[0])] == "2027-07-28", 10)
    assert worker.poll() is None


@pytest.mark.parametrize("late", ["ack_log_error", "reject_log_error"])
def test_an_answer_to_a_queue_that_is_gone_is_no_fault(site: Site, late: str) -> None:
    """What Celery does when it loses its queue, in its order; kombu's own transport raises an AttributeError here."""
    queue_transport.install()
    taken: list[Message] = []
    connection = Connection(f"redis+socket://{site.valkey_address}")
    for channel, queue in ((connection.default_channel, "lost"), (connection.channel(), "control")):
        consumer = Consumer(channel, [Queue(queue)])
        consumer.register_callback(lambda _body, message: taken.append(message))
        consumer.consume()
    connection.Producer().publish({}, routing_key="lost", declare=[Queue("lost")])
    connection.drain_events(timeout=5)
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)  # both channels wait for a message when the end comes
    site.kill_valkey()
    errors = connection.connection_errors
    connection.collect(socket_timeout=0.1)
    connection.close()
    getattr(taken[0], late)(logging.getLogger("kombu"), errors)
    assert taken[0].acknowledged
