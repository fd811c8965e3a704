"""What must not be read in a log: secrets of this installation by value, everybody else's by their look; what rows hold.

Plain Python.

Every expression is linear: what a stranger sends is searched too.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "…"
SHORTEST = 8  # a shorter value is no secret, and would cut words to pieces
LONGEST = 16_000  # characters of one text of a line
_NAMES = r"password|passwd|secret|pepper|cookie|authorization|session_?id|session_?key|csrf\w{0,20}|api_?key|private_?key|otp"
_SECRET_NAME = re.compile(rf"(?i){_NAMES}|^token$|_token$|^code$")
_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[^\s'\",;&)}]+)"
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bpmo_([a-z2-7]{8})_[A-Za-z0-9_-]{20,}"), rf"pmo_\1_{HIDDEN}"),
    (re.compile(r"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)(['\"]?\s?[:=]\s?)[^\r\n]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|token|basic) [A-Za-z0-9._~+/=-]{16,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)((?:{_NAMES}|token)['\"]?\s?[:=]\s?){_VALUE}"), rf"\1{HIDDEN}"),
    # The key of a link that was sent or shown: first administrator, new password, address to confirm.
    (re.compile(r"(/(?:set-up|sign-in/password|account/email)/)[\w:-]{9,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<![\w-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"), HIDDEN),
)
# What PostgreSQL adds to an error: the row it refused, the line it could not read.
_ROWS = re.compile(r"^(?:DETAIL|CONTEXT): .*?(?=^The above exception|^During handling|\Z)", re.DOTALL | re.MULTILINE)


def without_rows(error: str) -> str:
    """The text of an error without what the database tells of the rows: they may belong to a confidential project."""
    return _ROWS.sub(f"{HIDDEN}\n", error).rstrip()


class Redaction:
    """Takes secrets out of texts and of details; `secrets` are the values this installation must never show."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True)

    def text(self, told: str) -> str:
        """The text without secrets and rows, at most LONGEST characters of it."""
        if "DETAIL: " in told or "CONTEXT: " in told:
            told = without_rows(told)
        if len(told) > LONGEST:
            told = f"{told[:LONGEST]}{HIDDEN} ({len(told)} characters)"
        for secret in self.secrets:
            told = told.replace(secret, HIDDEN)
        for look, shown in _LOOKS:
            told = look.sub(shown, told)
        return told

    def details(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The same for named values: one with a secret's name is hidden whatever it holds."""
        return {str(name): HIDDEN if _SECRET_NAME.search(str(name)) else self.value(told[name]) for name in told}

    def value(self, told: Any) -> Any:
        """A JSON value without secrets."""
        if isinstance(told, bool | int | float) or told is None:
            return told
        if isinstance(told, Mapping):
            return self.details(told)
        if isinstance(told, list | tuple | set | frozenset):
            return [self.value(one) for one in told]
        return self.text(str(told))
