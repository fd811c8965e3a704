"""Each statement says which request or job sends it, so that PostgreSQL's own log can be read beside the web log.

    /*request=4f1c… source=page*/ SELECT …

A comment costs no round trip, reaches reads and failed transactions too, and survives a pooler between us and the server. It
stands in front: `pg_stat_activity` cuts long statements at their end.
"""

import re
from collections.abc import Callable
from typing import Any

from pmo_portal.core import trace

_SAFE = re.compile(r"[A-Za-z0-9:._-]{1,60}")


def comment() -> str:
    """The comment of what is open here, or nothing. Only characters that cannot end a comment are let through."""
    here = trace.find()
    if here is None or not _SAFE.fullmatch(here.request_id):
        return ""
    return f"/*request={here.request_id} source={here.source}*/ "


def commented(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper of Django's database connections."""
    return execute(comment() + sql if isinstance(sql, str) else sql, params, many, context)


def install(connection: Any, **_kwargs: Any) -> None:
    """Receiver of `connection_created`: once per connection object, which may connect several times."""
    if commented not in connection.execute_wrappers:
        connection.execute_wrappers.append(commented)
