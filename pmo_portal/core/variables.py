"""Reading variables: texts, lists and flags, each from the environment or from a file it names. Plain Python."""

from collections.abc import Mapping
from pathlib import Path

TRUE, FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class RefusedToStart(SystemExit):
    """A setting is missing or unsafe. As a SystemExit it ends any process with one line on stderr and code 1."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(f"pmo-portal cannot start: {name} {reason}. {remedy}")


def text(values: Mapping[str, str], name: str, default: str = "") -> str:
    """The variable `name`, or the content of the file that `<name>_FILE` points to; blanks around it do not count."""
    source = values.get(f"{name}_FILE", "").strip()
    if source and not values.get(name, "").strip():
        try:
            return Path(source).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise RefusedToStart(
                f"{name}_FILE", "names a file that cannot be read", "Check the path and its rights."
            ) from None
    return values.get(name, "").strip() or default


def split(value: str) -> list[str]:
    return [part.strip() for part in value.replace("\n", ",").split(",") if part.strip()]


def flag(values: Mapping[str, str], name: str) -> bool:
    value = text(values, name).lower()
    if value not in TRUE + FALSE:
        raise RefusedToStart(name, "is neither yes nor no", "Use 1 or 0.")
    return value in TRUE
