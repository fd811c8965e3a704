"""The access tables as text: one line a row, one sign an identity, so that a reviewer reads a column of equal signs at a glance.

    name  method  class  special inside outside everywhere project

The order of the signs in a group is that of `people.SCOPES`. A line that begins with "?" was written by the command and
nobody has read it yet: the test refuses it until the mark is taken away.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.contracts.access.addresses import Ask
from tests.contracts.access.people import SCOPES

HERE = Path(__file__).parent
FILES = {False: HERE / "pages.txt", True: HERE / "api.txt"}
# What an answer is, in one sign. Anything else is written as it is and never accepted.
SIGNS = {
    200: "o", 201: "+", 204: "d", "sign-in": ">", 301: "/", "redirect": "r", 400: "b", 401: "u", 403: "x", 404: ".", 405: "m",
    409: "c", 412: "s", 415: "t", 422: "i", 428: "p", 429: "l",
}  # fmt: skip
Signs = dict[str, str]  # scope: one sign a role


def read(path: Path) -> tuple[dict[Ask, Signs], list[Ask]]:
    """The rows of a table, and those nobody has reviewed."""
    rows, unread = {}, []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, method, kind, *signs = line.removeprefix("?").split()
        ask = Ask(name, method, kind)
        assert ask not in rows, f"{path.name}: two lines for {ask}"
        rows[ask] = dict(zip(SCOPES, signs, strict=True))
        wrong = [scope for scope, roles in SCOPES.items() if len(rows[ask][scope]) != len(roles)]
        assert not wrong, f"{path.name}: {ask} has not one sign for each role in {wrong}"
        if line.startswith("?"):
            unread.append(ask)
    return rows, unread


def everything() -> dict[Ask, Signs]:
    """Both tables."""
    return {ask: signs for path in FILES.values() for ask, signs in read(path)[0].items()}


def write(path: Path, rows: Mapping[Ask, Signs], *, unread: Iterable[Ask]) -> None:
    """Write a table anew under its heading, columns aligned; a blank line between addresses."""
    heading = [line for line in path.read_text().splitlines() if line.startswith("#")] if path.exists() else []
    fresh, lines, before = set(unread), [*heading, ""], ""
    for ask, signs in rows.items():
        if before and ask.name != before:
            lines.append("")
        before = ask.name
        groups = " ".join(signs[scope] for scope in SCOPES)
        lines.append(f"{'?' * (ask in fresh) + ask.name:<38} {ask.method:<6} {ask.kind:<13} {groups}".rstrip())
    path.write_text("\n".join(lines) + "\n")
