"""Thresholds: what a change would recolour before it is saved, and saving it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import editing, trace, undo
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_THRESHOLDS, allowed, allowed_everywhere
from projects.hierarchy.models import Node, Project
from reporting.health import rules, selectors
from reporting.health.models import Threshold
from reporting.health.services import queue

Values = Mapping[str, tuple[Decimal, Decimal]]
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Recoloured:
    """A project whose computed colour would change."""

    project_id: int
    code: str
    name: str
    before: str
    after: str


@dataclass(slots=True)
class Preview:
    """What saving would change: the projects one by one, and how many would be in each colour before and after.

    Counted as pages count (`RollupFields`): active projects by colour, those on hold apart, finished ones not at all.
    """

    changed: list[Recoloured] = field(default_factory=list)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)


def preview(*, node: Node | None, values: Values, user: Any, size: str = "") -> Preview:
    """Judge the projects this user sees below `node` (None: all) with the limits of today and with `values`; write nothing."""
    now = selectors.LimitBook.read()
    then = now.replaced(node.pk if node else None, values, size=size)
    seen = Project.objects.visible_to(user).counted()
    ids = list((seen.below(node) if node else seen).order_by("pk").values_list("pk", flat=True))
    answer = Preview()
    for subject in _subjects(ids):
        if subject.facts.state not in Project.ACTIVE:
            on_hold = int(subject.facts.state == Project.State.SUSPENDED)
            answer.before["hold"] += on_hold
            answer.after["hold"] += on_hold
            continue
        before = rules.assess(subject.facts, now.of(subject), subject.on).computed
        after = rules.assess(subject.facts, then.of(subject), subject.on).computed
        answer.before[before] += 1
        answer.after[after] += 1
        if before != after:
            copied = subject.copied
            answer.changed.append(Recoloured(subject.project_id, copied["code"], copied["name"], before, after))
    return answer


def _subjects(ids: list[int]) -> Iterator[selectors.Subject]:
    today = timezone.localdate()
    for start in range(0, len(ids), BATCH):
        yield from selectors.subjects(ids[start : start + BATCH], on=today)


class Changed(DomainError):
    """Somebody else saved the limits since they were read."""

    status = 409


def state_of(rows: Iterable[Threshold]) -> str:
    """Changes whenever one of them does."""
    return ",".join(f"{row.pk}.{row.version}" for row in sorted(rows, key=lambda row: row.pk))


def save(*, by: User, node: Node | None, values: Values, size: str = "", seen: str | None = None) -> None:
    """Make these the limits of the organisation (node None) or of a subtree, and compute what lies below again.

    `size`: for the projects of one size class only. A key left out of `values` loses its override; the organisation must
    keep every key for all sizes. `seen` is `state_of` as the editor read it: Changed when somebody saved meanwhile.
    Raises DomainError when red starts before amber, or when the organisation would miss a limit.
    """
    _check(node, values, size)
    with editing.writing(), trace.acting(by):
        with connection.cursor() as cursor:  # there may be no row to hold yet
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"thresholds {node.pk if node else 0} {size}"]
            )
        rows = list(Threshold.objects.select_for_update().filter(node=node, size=size))
        if seen is not None and seen != state_of(rows):
            raise Changed(_("Someone saved these limits meanwhile. Check what follows, preview again, then save."))
        existing = {row.key: row for row in rows}
        for key, (amber, red) in values.items():
            row = existing.pop(key, None) or Threshold(node=node, size=size, key=key)
            row.amber, row.red = amber, red
            row.save()
        for row in existing.values():
            row.delete()
        compute_again(node)


def create_limit(
    *, by: User, key: str, amber: Decimal, red: Decimal, node: Node | None = None, size: str = ""
) -> Threshold:
    """One limit where there was none: a subtree overrides what it would inherit."""
    with editing.writing():
        check_right(node, by=by)
        _check_order(key, amber, red)
        row = editing.create(Threshold(node=node, size=size, key=key, amber=amber, red=red), by=by, project_id=None)
        compute_again(node)
        return row


def update_limit(*, by: User, limit: Threshold, version: int, changes: Mapping[str, Decimal]) -> Threshold:
    """Move amber or red of one measure; where it applies stays."""
    editing.only(changes, {"amber", "red"})
    with editing.writing():
        check_right(limit.node, by=by)
        row = editing.lock(Threshold, limit.pk, version=version, changes=changes)
        _check_order("red", changes.get("amber", row.amber), changes.get("red", row.red))
        if editing.write(row, by=by, changes=changes, project_id=None):
            compute_again(row.node)
        return row


def delete_limit(*, by: User, limit: Threshold, version: int) -> None:
    """The limit from above applies again. Those of the organisation stay: everything is judged by them."""
    with editing.writing():
        check_right(limit.node, by=by)
        editing.lock(Threshold, limit.pk, version=version, changes={})
        if limit.node is None and not limit.size:
            raise DomainError(_("The organisation needs a limit for each measure."))
        editing.delete(limit, by=by, version=version, project_id=None)
        compute_again(limit.node)


def check_right(node: Node | None, *, by: User) -> None:
    """On the container, or everywhere; a container the actor does not see is answered as if it did not exist."""
    if node is not None and not Node.objects.visible_to(by).filter(pk=node.pk).exists():
        raise DomainError(_("This portfolio or programme does not exist. Choose another one."), field="node")
    if not (allowed(by, EDIT_THRESHOLDS, node) if node else allowed_everywhere(by, EDIT_THRESHOLDS)):
        raise NotAllowed(_("Your role does not let you change limits there."), field="node")


def compute_again(node: Node | None) -> None:
    """Everything the limits of `node` (None: the organisation) judge."""
    if node is None:
        queue.everything()
    else:
        queue.below(node)
    transaction.on_commit(queue.ring, robust=True)


def may_limit(user: User, node: Node | None) -> bool:
    """Whether this user sets the limits of `node` (None: of the organisation)."""
    return allowed(user, EDIT_THRESHOLDS, node) if node else allowed_everywhere(user, EDIT_THRESHOLDS)


class ThresholdWay(undo.Way):
    """Limits go back as they came, and what they judge is computed again."""

    model = Threshold

    def check(self, row: Threshold, event: AuditEvent, *, by: User) -> None:
        if not may_limit(by, row.node):
            raise undo.not_allowed()

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        held = Threshold.objects.select_related("node").filter(pk=event.target_id).first()
        told = event.changes.get("node", [None])[0]
        return may_limit(user, held.node if held else Node.objects.filter(pk=told).first() if told else None)

    def done(self, row: Threshold, names: Iterable[str], *, by: User, on: date) -> None:
        compute_again(row.node)


editing.refusals.add(
    "threshold_one_per_scope",
    editing.Refusal("key", gettext_lazy("There is already such a limit here. Change that one.")),
)
undo.ways.add("reporting.Threshold", ThresholdWay())


def _check(node: Node | None, values: Values, size: str) -> None:
    missing = [key for key in Threshold.Key if key not in values] if node is None and not size else []
    if missing:
        raise DomainError(_("The organisation needs a limit for each measure."), field=str(missing[0]))
    for key, (amber, red) in values.items():
        _check_order(key, amber, red)


def _check_order(field: str, amber: Decimal, red: Decimal) -> None:
    if amber < 0 or red < amber:
        raise DomainError(_("Red must start at or above amber, and amber at zero or above."), field=field)
