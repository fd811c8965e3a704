"""Where a change comes from: carried by a context variable so that audit rows tell it without every caller passing it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from uuid import uuid4

Judged = tuple[int, str, int | None]  # user; "project", "node", or "" for no place in particular; its id


@dataclass(frozen=True, slots=True)
class Trace:
    """`source` is page, api, import, job or command; `request_id` joins the web log, the SQL, the jobs and the audit rows.

    `actor_id` is the user who acts, once known. `judged` remembers which changes were allowed, and through whose rights: (user,
    kind of place, its id) → the user who lent the right, or None for one's own.
    """

    request_id: str
    source: str
    actor_id: int | None = None
    judged: dict[Judged, int | None] = field(default_factory=dict)


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


def note_right(user_id: int, kind: str, place: int | None, *, lender: int | None) -> None:
    """Remember that `user_id` may change something there. What was lent for one change there is told of all of them."""
    judged = current().judged
    key = (user_id, kind, place)
    judged[key] = judged.get(key) or lender


def on_behalf_of(user_id: int, *places: tuple[str, int | None]) -> int | None:
    """Whose right it was that let this user write at the first of these places somebody judged; None for their own.

    A row of no such place was written in the course of what was judged: for the lender when everything was.
    """
    judged = current().judged
    for kind, place in places:
        if place is not None and (user_id, kind, place) in judged:
            return judged[user_id, kind, place]
    lenders = {lender for (user, _kind, _place), lender in judged.items() if user == user_id}
    return lenders.pop() if len(lenders) == 1 else None


@contextmanager
def tracing(*, source: str, request_id: str | None = None) -> Iterator[Trace]:
    """Open a trace for the duration of a request, task or import; a nested import keeps its request's id."""
    outer = _current.get()
    same = outer.request_id if outer else fresh_id()
    judged = outer.judged if outer and same == (request_id or same) else {}
    trace = Trace(request_id or same, source, outer.actor_id if outer else None, judged)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
