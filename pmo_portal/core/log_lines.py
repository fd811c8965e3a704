"""How a log record becomes exactly one line: JSON for machines in production, words for people elsewhere.

Nothing that somebody sent can begin a second line or move a terminal's cursor, and no secret is shown (core/redaction.py).
"""

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pmo_portal.core import trace
from pmo_portal.core.redaction import Redaction

# Everything a terminal or a log reader may take for an end of line or a command.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Line(logging.Formatter):
    """What both kinds of line are made of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self.redaction = Redaction(secrets)

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        """The line as JSON values; `event` is "log" for what has no name of its own."""
        here = trace.find()
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "event": getattr(record, "event", "log"),
            "message": self.redaction.text(self.message_of(record)),
            "request_id": here.request_id if here else None,
            "source": here.source if here else None,
            "actor": here.actor_id if here else None,
        }
        if details := getattr(record, "details", None):
            told["details"] = self.redaction.details(details)
        if record.exc_info or record.exc_text:
            error = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
            told["error"] = self.redaction.text(error)
        if record.stack_info:
            told["stack"] = self.redaction.text(record.stack_info)
        return told

    def message_of(self, record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the text: say both rather than nothing
            return f"{record.msg} {record.args!r}"


class JsonLines(Line):
    """One JSON object a line, ASCII only, times in UTC: {"at", "level", "logger", "event", "message", "request_id", …}."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record), default=str)


class HumanLines(Line):
    """Time, level, logger, message, and what it belongs to; the lines of a traceback are set in."""

    def format(self, record: logging.LogRecord) -> str:
        told = self.parts(record)
        joined = " ".join(str(told[name]) for name in ("source", "request_id") if told[name])
        user = f" user {told['actor']}" if told["actor"] else ""
        line = (
            f"{told['at']} {told['level']} {told['logger']} {told['message']}{f' [{joined}{user}]' if joined else ''}"
        )
        lines = [line, *(f"{told.get('error', '')}\n{told.get('stack', '')}".strip().splitlines())]
        return "\n    ".join(_CONTROL.sub(written, one) for one in lines)


def written(control: re.Match[str]) -> str:
    """A control character as Python writes it."""
    return ascii(control.group())[1:-1]
