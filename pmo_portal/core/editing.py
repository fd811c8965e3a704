"""Writing one row: one transaction, an optimistic lock, validated fields; what is refused says why in plain words.

The database records each change (core/ledger.py); these verbs tell it who acts.

Services build on four verbs: `create`, `lock` + `write` (or both at once: `change`) and `delete`, always inside `writing()`.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import ForeignKey, ProtectedError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg2 import errors as postgres

from pmo_portal.core import audit, trace, vocabulary
from pmo_portal.core.audit import Changes
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import User
from pmo_portal.core.registry import Registry

M = TypeVar("M", bound=models.Model)
KEPT_BY_THE_DATABASE = frozenset({"version", "created_at", "updated_at"})


class InvalidFields(DomainError):
    """Values the fields refuse: `errors` maps each field to its messages; `message` and `field` are the first of them."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        field, messages = next(iter(errors.items()))
        super().__init__(messages[0], field=field)
        self.errors = errors


class Busy(DomainError):
    """Someone else held the same rows for too long, or the database broke a deadlock: trying again is safe."""

    status = 409


class Gone(DomainError):
    """The row was deleted after the editor opened it."""

    status = 404


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a database constraint means to the person who hit it: the culprit field and the remedy."""

    field: str | None
    message: str | Promise


refusals: Registry[Refusal] = Registry("refused by the database")


def refusal(constraint: str) -> Refusal | None:
    """What is said where this rule is broken; None for one that nobody put into words."""
    if constraint in vocabulary.fields:
        return Refusal(vocabulary.fields[constraint], vocabulary.REFUSED)
    if constraint not in refusals:
        return None
    return refusals[constraint]


@contextmanager
def writing() -> Iterator[None]:
    """One transaction; a constraint the database enforces comes out as a DomainError, an unknown one as it is."""
    try:
        with transaction.atomic():
            yield
    except ProtectedError as error:
        raise DomainError(_still_used(error)) from error
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        known = refusal(str(name))
        if known is None:
            raise
        raise DomainError(str(known.message), field=known.field) from error
    except OperationalError as error:
        if not isinstance(error.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
            raise
        raise Busy(_("Someone else is changing the same records. Nothing was saved: try again in a moment.")) from error


def create(row: M, *, by: User, project_id: int | None, kept: Collection[str] = ()) -> M:
    """Insert a validated row. `kept` names the fields that database triggers fill: they are read back."""
    names = [field.name for field in fields_of(row) if field.name not in kept]
    clean(row, names)
    with trace.acting(by):
        row.save(force_insert=True)
    if kept:
        row.refresh_from_db(fields=list(kept))
    return row


def lock(model: type[M], pk: Any, *, version: int, changes: Mapping[str, Any]) -> M:
    """The row, held until the end of the transaction; StaleVersion with both versions when it is not the one the editor saw."""
    row = hold(model, pk)
    stored: int = row.version  # type: ignore[attr-defined]
    if stored != version:
        theirs = values(row, changes)
        mine = {name: plain_key(value) for name, value in changes.items()}
        differ = [name for name in changes if audit.plain(mine[name]) != audit.plain(theirs[name])]
        raise StaleVersion(
            _("Someone saved this while you were editing."),
            mine={name: mine[name] for name in differ},
            theirs={name: theirs[name] for name in differ},
            version=stored,
        )
    return row


def hold(model: type[M], pk: Any) -> M:
    """The row as it is now, held until the end of the transaction (rows that only point at it may still be written).

    In no order but its own: the usual one may join another table, whose row would be held as well.
    """
    row = model._default_manager.select_for_update(no_key=True).filter(pk=pk).order_by("pk").first()
    if row is None:
        raise Gone(_("This record was deleted meanwhile."))
    return row


def write(
    row: M,
    *,
    by: User,
    changes: Mapping[str, Any],
    project_id: int | None,
    action: str = "update",
    kept: Collection[str] = (),
) -> Changes:
    """Apply `changes` to a locked row, validate and save what differs; returns {field: [before, after]}, empty when nothing did.

    `kept` names the fields that database triggers derive from these: they are read back after the save.
    """
    before = values(row, changes)
    for name, value in changes.items():
        assign(row, name, value)
    clean(row, changes)
    different = audit.differences(before, values(row, changes))
    if not different:
        return {}
    with trace.acting(by, action=action):
        row.save(update_fields=[*different, "updated_at"])
    row.version += 1  # type: ignore[attr-defined]  # what the trigger did
    if kept:
        row.refresh_from_db(fields=list(kept))
    return different


def change(model: type[M], pk: Any, *, by: User, version: int, changes: Mapping[str, Any], project_id: int | None) -> M:
    """Lock, compare the version, apply, validate, save: one edit of one row in one transaction."""
    with writing():
        row = lock(model, pk, version=version, changes=changes)
        write(row, by=by, changes=changes, project_id=project_id)
        return row


def delete(row: M, *, by: User, version: int, project_id: int | None) -> None:
    """Delete the row the editor saw; DomainError when other records still need it.

    It names their kinds, unless the model has one sentence for all of them: who deletes may not know that there are some.
    """
    with writing():
        held = lock(type(row), row.pk, version=version, changes={})
        try:
            with trace.acting(by):
                held.delete()
        except ProtectedError as error:
            words = getattr(held, "while_used", "") or _still_used(
                error, instead=getattr(held, "instead_of_deleting", "")
            )
            raise DomainError(str(words)) from error


def only(changes: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Refuse fields an editor may not set (security.md T2): nothing undeclared ever reaches a row."""
    if unknown := [name for name in changes if name not in allowed]:
        raise InvalidFields({name: [_("This field cannot be changed here.")] for name in unknown})


def clean(row: models.Model, names: Collection[str]) -> None:
    """Validate and normalise these fields, each on its own; cross-field rules belong to services and constraints."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields if field.name not in names})
    except ValidationError as error:
        raise InvalidFields(dict(error.message_dict)) from error


def fields_of(row: models.Model) -> "list[models.Field[Any, Any]]":
    """The fields a person fills: not the key, nor what the database keeps by itself."""
    return [field for field in row._meta.fields if not field.primary_key and field.name not in KEPT_BY_THE_DATABASE]


def values(row: models.Model, names: Collection[str]) -> dict[str, Any]:
    """The stored values of these fields; a relation as the id it holds, without loading it."""
    return {name: getattr(row, row._meta.get_field(name).attname) for name in names}  # type: ignore[union-attr]


def assign(row: models.Model, name: str, value: Any) -> None:
    """Set a field; a relation takes a row or its id."""
    field = row._meta.get_field(name)
    if isinstance(field, ForeignKey) and not isinstance(value, models.Model | None):
        setattr(row, field.attname, value)
    else:
        setattr(row, name, value)


def plain_key(value: Any) -> Any:
    """A row as its id, anything else as it is."""
    return value.pk if isinstance(value, models.Model) else value


def advisory_lock(first: int, second: int, *, shared: bool = False) -> None:
    """Hold a lock of the application until the end of the transaction; shared holders do not exclude each other."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(%s, %s)", [first, second])


def _still_used(error: ProtectedError, *, instead: str | Promise = "") -> str:
    """Who still needs the row; `reported` marks models that keep what was reported, which no user can move or delete.

    `instead` says what the model offers in place of deleting.
    """
    kinds = {str(row._meta.verbose_name) for row in error.protected_objects if not getattr(row, "reported", False)}
    if not kinds:
        return f"{_('It cannot be deleted: what was reported must stay readable on past dates.')} {instead}".strip()
    return _("It cannot be deleted while it is still used by: %(what)s. Move or delete them first.") % {
        "what": ", ".join(sorted(kinds))
    }
