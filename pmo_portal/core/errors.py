"""Errors the domain raises on purpose: one handler turns each into a form error, a 409/422 or a failed job."""

from typing import Any


class DomainError(Exception):
    """A rule of the domain refused the change. `message` is already in the user's language; `field` names the culprit."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class SeveralErrors(DomainError):
    """Several culprits at once: `errors` are {path, message} as the API tells them."""

    def __init__(self, message: str, errors: list[dict[str, str]]) -> None:
        super().__init__(message)
        self.errors = errors


class StaleVersion(DomainError):
    """Someone saved the row after the editor opened it: both versions are kept so that nothing typed is lost.

    `mine` holds the refused values, `theirs` the stored ones, for the fields that differ; `version` is the stored version.
    """

    status = 409

    def __init__(self, message: str, *, mine: dict[str, Any], theirs: dict[str, Any], version: int) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs
        self.version = version


class TooMuch(DomainError):
    """The actor caused as much as one may; after `wait` seconds there is room again."""

    status = 429

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class NotAllowed(DomainError):
    """The actor sees the object but their role does not give this action."""

    status = 403
