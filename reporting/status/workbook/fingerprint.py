"""What a row of the workbook knows of itself: which report it is of, and a mark of every value it was written with.

A cell whose mark is unchanged was not edited; a stored value whose mark is another than that of the row changed in the portal
since. Signed, so that a row of another origin, or one whose cells were mixed up, is noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from django.core import signing

_SALT = "reporting.status.workbook"
_BYTES = 5


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`part` is "" for the report itself, else `milestones.7` or `risks.3`; `seen` are the marks by column.

    `scale` is that of the words of the delivery confidence: a cloud does not mean the same on each.
    """

    report: int
    version: int
    code: str
    period: str
    part: str
    scale: str
    seen: Mapping[str, str]

    def signed(self) -> str:
        told = [self.report, self.version, self.code, self.period, self.part, self.scale, dict(self.seen)]
        return signing.dumps(told, salt=_SALT, compress=True)


def mark(text: str) -> str:
    """The mark of a plain text (`cells.plain`)."""
    return blake2s(text.encode("utf-8", "replace"), digest_size=_BYTES).hexdigest()


def read(text: str) -> Fingerprint | None:
    """None for a text that is no fingerprint of this portal."""
    try:
        told: Any = signing.loads(text.strip(), salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Fingerprint(*told)
