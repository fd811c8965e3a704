"""Where a change comes from: carried by a context variable so that audit rows tell it without every caller passing it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Trace:
    """`source` is page, api, import, job or command; `request_id` joins the web log, the SQL and the audit rows."""

    request_id: str
    source: str


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


@contextmanager
def tracing(*, source: str, request_id: str | None = None) -> Iterator[Trace]:
    """Open a trace for the duration of a request, task or import; a nested import keeps its request's id."""
    outer = _current.get()
    trace = replace(outer, source=source) if outer and not request_id else Trace(request_id or fresh_id(), source)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
