"""Many rows at once, recognised by the reference another system gave them: created, updated, left as they are, or refused.

What is read is read once for all rows, whatever their number; a row that changes is written by the service of its page, so every
rule holds, and one that does not change costs nothing. All rows or none, unless the caller asks for `partial`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core import audit
from pmo_portal.core.api.bulk_bodies import AnswerSerializer, body_of
from pmo_portal.core.api.fields import ScopedField, unchanged_left_out
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import FLAG, LARGEST_ID, Param, check_query, values_of
from pmo_portal.core.api.problems import flattened
from pmo_portal.core.editing import Busy, InvalidFields, values, writing
from pmo_portal.core.errors import DomainError, SeveralErrors

REF = "external_ref"
PARAMS = {
    "dry_run": Param(
        "Only say what would happen to each row: done for real, every rule included, then taken back.", FLAG
    ),
    "partial": Param("Write the rows without errors even if others are refused.", FLAG),
}


@dataclass(slots=True)
class Sent:
    """One row as it was sent: `place` is its position, `scope` what its reference is unique in, `known` the stored row;
    `prefix` what `source` puts in front of its references."""

    place: int
    data: dict[str, Any]
    prefix: str = ""
    scope: Any = None
    known: Any = None
    errors: list[dict[str, str]] = field(default_factory=list)
    outcome: str = ""
    result: Any = None

    @property
    def ref(self) -> str:
        return self.text(REF)

    def text(self, name: str) -> str:
        """The text to look something up by; '' for what no stored text can be."""
        value = self.data.get(name)
        writable = isinstance(value, str) and "\x00" not in value and value.encode("utf-8", "ignore").decode() == value
        return str(value) if writable else ""

    def meant(self, name: str) -> list[str]:
        """What a reference to another record may be: one of the same source, else as it is written."""
        text = self.text(name)
        return list(dict.fromkeys((self.prefix + text, text))) if text else []

    def id(self, name: str) -> int | None:
        """The id to look something up by."""
        value = self.data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID else None

    def named(self, name: str, found: int) -> Any:
        """The id the row gives itself, else the one its reference was found to mean."""
        if self.data.get(name) is None:
            self.data[name] = found
        return self.data[name]

    def refuse(self, path: str, message: str) -> None:
        dotted = f".{path}" if path else ""
        self.errors.append({"path": f"rows[{self.place}]{dotted}", "message": message})
        self.outcome = "refused"


class BulkUpsert:
    """For a resource whose rows have an `external_ref`, unique in `bulk_scope` ('' for the whole organisation).

    `alike` names the fields by which a stored row without a reference is recognised the first time; `instead_of_ids` members of
    a row that `place_rows` turns into ids.
    """

    bulk_scope: ClassVar[str] = "project_id"
    alike: ClassVar[tuple[str, ...]] = ()
    ref_required: ClassVar[bool] = True
    instead_of_ids: ClassVar[tuple[str, ...]] = ()  # members that name a related record by its reference elsewhere

    @extend_schema(
        responses={200: AnswerSerializer},
        parameters=[OpenApiParameter(name, bool, description=one.description) for name, one in PARAMS.items()],
    )
    @action(detail=False, methods=["post"], url_path="bulk")
    @once
    def bulk(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create or update up to 1,000 rows by their `external_ref`. A row changes the members it has and leaves the others.

        Without `partial`, one refused row keeps all out (422). Rows may carry the `version` you saw: a stale one is refused.
        """
        check_query(request, PARAMS)
        told = {"dry_run": False, "partial": False, **values_of(request, PARAMS)}
        self.require(self.rights.update, None)
        body = body_of(cast(Hashable, type(self)))(data=request.data)
        body.is_valid(raise_exception=True)
        with writing():  # who waits too long for a row that somebody changes is told to try again
            rows = self.upserted(body.validated_data)
            connection.check_constraints()  # what would only be noticed at the end is noticed for a dry run too
            transaction.set_rollback(told["dry_run"])
            refused = [row for row in rows if row.errors]
            if refused and not (told["partial"] or told["dry_run"]):
                raise SeveralErrors(none_written(len(refused)), [error for row in refused for error in row.errors])
        return Response(summary(rows, dry_run=told["dry_run"]))

    def upserted(self: Any, body: Mapping[str, Any]) -> list[Sent]:
        """The rows with what became of them."""
        prefix = f"{body['source']}:" if body.get("source") else ""
        rows = [Sent(place, dict(one), prefix) for place, one in enumerate(body["rows"])]
        for row in rows:
            if row.ref:
                row.data[REF] = prefix + row.ref
        self.place_rows(rows, body.get("portfolio") or "")
        self.hold_for_bulk([row for row in rows if not row.errors])
        self.recognise(rows)
        self.complete([row for row in rows if row.known is None])
        check = validator(self, rows)
        for row in rows:
            if not row.errors:
                self.write_row(row, check)
        return rows

    def place_rows(self, rows: list[Sent], portfolio: str) -> None:
        """Set the scope of each row; refuse those without one."""

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        """Lock what the services lock first, all of it in one order, so that two writers never wait for each other."""

    def recognise(self: Any, rows: list[Sent]) -> None:
        """Which stored row each one means: by its reference, else by what it is `alike`; none is meant twice."""
        scopes = {row.scope for row in rows if row.scope is not None}
        stored = self.get_queryset().select_related(*self.related)
        if self.bulk_scope:
            stored = stored.filter(**{f"{self.bulk_scope}__in": scopes})
        refs = {row.ref for row in rows if row.ref}
        by_ref = {(self.scope_of(one), one.external_ref): one for one in stored.filter(external_ref__in=refs)}
        by_key = self.by_likeness(rows, stored)
        meant: set[Any] = set()
        for row in rows:
            key = (row.scope, self.likeness(row.data)) if self.alike else None
            row.known = by_ref.get((row.scope, row.ref)) if row.ref else None
            if row.known is None and (like := by_key.get(key)) and not (row.ref and like.external_ref):
                row.known = like
            mark = row.known.pk if row.known else (row.scope, row.ref or key)
            if self.ref_required and not row.ref:
                row.refuse(REF, _("Each row needs the reference by which it is recognised."))
            elif mark in meant:
                row.refuse(REF, _("Another row of this request already means the same record."))
            meant.add(mark)

    def by_likeness(self, rows: list[Sent], stored: Any) -> dict[Any, Any]:
        """{(scope, what they are alike by): stored row} of those a row may mean without naming their reference."""
        if not self.alike:
            return {}
        if self.ref_required:
            first = {row.text(self.alike[0]) for row in rows} - {""}
            stored = stored.filter(external_ref="", **{f"{self.alike[0]}__in": first})
        return {(self.scope_of(one), self.likeness(values(one, self.alike))): one for one in stored}

    def likeness(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """What two rows that mean the same have in common."""
        return key_of(given, self.alike)

    def complete(self, rows: list[Sent]) -> None:
        """Say what goes without saying in rows that are to be created."""

    def scope_of(self, row: Any) -> Any:
        return getattr(row, self.bulk_scope) if self.bulk_scope else None

    def comparable(self, row: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields without those this user may not see, which are refused or left out before anything is compared.

        Otherwise whoever guesses is told by the outcome whether they guessed right.
        """
        return dict(fields)

    def differing(self, row: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The changes that change something."""
        return differing(row, changes)

    def write_row(self: Any, row: Sent, check: Callable[[Sent], dict[str, Any]]) -> None:
        """Create, update or leave one row, within the rights on it."""
        try:
            fields = check(row)
            version = row.data.get("version")
            if row.known is None:
                self.require(self.rights.create, fields[self.place] if self.place else None)
                row.result, row.outcome = self.create_row(fields), "created"
                return
            self.require(self.rights.update, row.known)
            changes = self.differing(row.known, unchanged_left_out(row.known, self.comparable(row.known, fields)))
            row.result, row.outcome = row.known, "unchanged"
            if version is not None and version != row.known.version:
                row.refuse(
                    "version",
                    _("Someone saved this meanwhile: it is version %(version)d.") % {"version": row.known.version},
                )
            elif changes:
                self.check_changes(row.known, changes)
                row.result, row.outcome = self.update_row(row.known, row.known.version, changes), "updated"
        except Busy:
            raise
        except (DomainError, exceptions.ValidationError, exceptions.PermissionDenied) as refused:
            for path, message in told_of(refused):
                row.refuse(path, message)


def validator(view: Any, rows: Iterable[Sent]) -> Callable[[Sent], dict[str, Any]]:
    """What makes the fields of a row, each serializer and each related record read once for all rows."""
    one = view.get_serializer()
    related = [name for name, each in one.fields.items() if isinstance(each, ScopedField) and not each.read_only]
    loaded = {}
    for name in related:
        ids = {pk for row in rows if (pk := row.id(name))}
        loaded[name] = {found.pk: found for found in one.fields[name].get_queryset().filter(pk__in=ids)} if ids else {}
    one.context["loaded"] = loaded
    beside = {"version", *view.instead_of_ids}  # members of a row that are not fields of the record

    def check(row: Sent) -> dict[str, Any]:
        one.instance, one.partial = row.known, row.known is not None
        one.initial_data = {name: value for name, value in row.data.items() if name not in beside}
        for name in ("_validated_data", "_errors"):
            one.__dict__.pop(name, None)
        one.is_valid(raise_exception=True)
        return dict(one.validated_data)

    return check


def key_of(given: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    """What two rows have in common when they are the same: as text, '' for what is missing."""
    return tuple(str(audit.plain(given.get(name)) or "") for name in names)


def differing(row: Model, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that change something."""
    held = values(row, changes)
    return {name: value for name, value in changes.items() if audit.plain(value) != audit.plain(held[name])}


def told_of(refused: Exception) -> list[tuple[str, str]]:
    """(path, message) of every culprit."""
    if isinstance(refused, InvalidFields):
        return [(name, str(text)) for name, texts in refused.errors.items() for text in texts]
    if isinstance(refused, DomainError):
        return [(refused.field or "", refused.message)]
    if isinstance(refused, exceptions.ValidationError):
        return [(one["path"], one["message"]) for one in flattened(refused.detail)]
    return [("", str(getattr(refused, "detail", refused)))]


def none_written(count: int) -> str:
    words = ngettext(
        "%(count)d row is refused, so nothing was written. Correct it, or ask for `partial`.",
        "%(count)d rows are refused, so nothing was written. Correct them, or ask for `partial`.",
        count,
    )
    return words % {"count": count}


def summary(rows: list[Sent], *, dry_run: bool) -> dict[str, Any]:
    """The answer: how many of each, then row by row. What a dry run would create has no id yet."""
    outcomes = [row.outcome for row in rows]
    counts = {name: outcomes.count(name) for name in ("created", "updated", "unchanged", "refused")}
    return {"dry_run": dry_run, **counts, "results": [result_of(row, dry_run=dry_run) for row in rows]}


def result_of(row: Sent, *, dry_run: bool) -> dict[str, Any]:
    kept = None if row.outcome == "refused" or (dry_run and row.outcome == "created") else row.result
    version = None if kept is None or (dry_run and row.outcome == "updated") else kept.version
    return {
        "row": row.place, REF: row.ref, "outcome": row.outcome, "id": kept.pk if kept else None, "version": version,
        "errors": row.errors,
    }  # fmt: skip
