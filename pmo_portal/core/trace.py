"""Where a change comes from: carried by a context variable so that audit rows tell it without every caller passing it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Trace:
    """`source` is page, api, import, job or command; `request_id` joins the web log, the SQL, the jobs and the audit rows.

    `actor_id` is the user who acts, once known.
    """

    request_id: str
    source: str
    actor_id: int | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def fresh_id() -> str:
    return uuid4().hex[:16]


def current() -> Trace:
    """The trace of this request, task or command; a fresh `command` one when nobody opened a trace."""
    trace = _current.get()
    if trace is None:
        trace = Trace(request_id=fresh_id(), source="command")
        _current.set(trace)
    return trace


def find() -> Trace | None:
    """The trace that is open here, if any."""
    return _current.get()


def acts(user_id: int | None) -> None:
    """From here to the end of the trace this user acts."""
    _current.set(replace(current(), actor_id=user_id))


def carry_on(request_id: str | None) -> None:
    """A job begins: under the id of the request that asked for it, else under one of its own."""
    _current.set(Trace(request_id=request_id or fresh_id(), source="job"))


def leave() -> None:
    """The job is over."""
    _current.set(None)


@contextmanager
def tracing(*, source: str, request_id: str | None = None) -> Iterator[Trace]:
    """Open a trace for the duration of a request, task or import; a nested import keeps its request's id."""
    outer = _current.get()
    same = outer.request_id if outer else fresh_id()
    trace = Trace(request_id or same, source, actor_id=outer.actor_id if outer else None)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
