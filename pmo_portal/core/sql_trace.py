"""Each statement that may write tells the database who acts, from where and why; its triggers write that into the history.

    SELECT set_config('pmo.trace', '{"actor": 7, "source": "page", "request": "4f1c…"}', true); UPDATE …

Both travel in one message, so a write costs no round trip more and a page that only reads costs nothing. The setting ends with
the transaction, or with the savepoint that is rolled back: each statement brings its own, so nothing need remember whether the
database still knows, and a pooler between us and it may hand the connection on.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from pmo_portal.core import trace

_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|WITH|MERGE|TRUNCATE|CALL|DO)\b", re.IGNORECASE)


def told(here: trace.Trace) -> str:
    """A trace as the text of a JSON object without quotes, percent signs or NULs, so that it stands in any statement."""
    facts = {
        "actor": here.actor_id,
        "for": lenders(here),
        "source": here.source,
        "request": here.request_id,
        "action": here.action,
        "token": here.token,
        "note": here.note,
        "at": here.at.isoformat() if here.at else None,
    }
    text = json.dumps({name: value for name, value in facts.items() if value})
    return text.replace("\\u0000", "").replace("'", "\\u0027").replace("%", "\\u0025")


def lenders(here: trace.Trace) -> dict[str, int | None]:
    """Whose rights the actor uses, by the place a right was judged on; under "" what holds of all else (trace.on_behalf_of)."""
    mine = {f"{kind}:{place}": lender for (user, kind, place), lender in here.judged.items() if user == here.actor_id}
    if here.actor_id is None or not any(mine.values()):
        return {}
    return {**mine, "": trace.on_behalf_of(here.actor_id)}


def tell(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper of Django's database connections."""
    if isinstance(sql, str) and _WRITES.match(sql):
        sql = f"SELECT set_config('pmo.trace', '{told(trace.current())}', true); {sql}"
    return execute(sql, params, many, context)


def install(connection: Any, **_kwargs: Any) -> None:
    """Receiver of `connection_created`. First in line: the statement is still as it was written."""
    if tell not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, tell)
