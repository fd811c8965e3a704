"""Where a change comes from: carried by a context variable so that the history tells it without every caller passing it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

Judged = tuple[int, str, int | None]  # user; "project", "node", or "" for no place in particular; its id


@dataclass(frozen=True, slots=True)
class Trace:
    """`source` is page, api, import, bulk, job or command; `request_id` joins the web log, the SQL, the jobs and the audit rows.

    `actor_id` is the user who acts, once known; `token` names the API token used. `judged` remembers which changes were allowed,
    and through whose rights: (user, kind of place, its id) → the user who lent the right, or None for one's own. `action` is
    what a change of a row is called ("declare", "undo"; nothing: update), `note` why it was made. `at` is when facts that a
    scenario of the past writes began to count; the database believes it from its owner only.
    """

    request_id: str
    source: str
    actor_id: int | None = None
    judged: dict[Judged, int | None] = field(default_factory=dict)
    token: str = ""
    action: str = ""
    note: str = ""
    at: datetime | None = None


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


def acts(user_id: int | None, *, token: str = "", note: str = "") -> None:
    """From here to the end of the trace this user acts, with a token or without; `note` says why, where they were asked."""
    _current.set(replace(current(), actor_id=user_id, token=token[:80], note=note[:300]))


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
def tracing(*, source: str, request_id: str | None = None, at: datetime | None = None) -> Iterator[Trace]:
    """Open a trace for the duration of a request, task or import; a nested import keeps its request's id and its actor."""
    outer = _current.get()
    if outer is None:
        trace = Trace(request_id or fresh_id(), source, at=at)
    else:
        same = request_id in (None, outer.request_id) or source == "import"
        trace = replace(
            outer,
            request_id=request_id or outer.request_id,
            source=source,
            judged=outer.judged if same else {},
            at=at or outer.at,
        )
    with _as(trace):
        yield trace


@contextmanager
def acting(by: Any, *, action: str = "", note: str = "") -> Iterator[None]:
    """What is written inside was done by this user (None: by the portal itself); services know it better than the request.

    With which token, and why, is only true of what the signed-in user does.
    """
    outer = current()
    actor_id = by.pk if by is not None else None
    same = outer if actor_id == outer.actor_id else replace(outer, token="", note="")
    with _as(replace(same, actor_id=actor_id, action=action, note=note[:300] or same.note)):
        yield


@contextmanager
def _as(trace: Trace) -> Iterator[None]:
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
