"""A file of people or of absences on its way in: compared, kept for a day, written whole or not at all, taken back.

It uses the parts of the importer of projects that know no project: the confined reader, the batch that waits, the quotas.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q, Sum
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import quotas, trace, undo
from pmo_portal.core.editing import assign, writing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.events import announce_people
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_RESOURCES
from projects.exchange.models import ImportBatch
from projects.exchange.table import Source
from projects.hierarchy.visibility import Access
from projects.resources.models import Absence, Person, PersonSkill, Rate, Unit, UnitShare, WorkPattern
from projects.resources.selectors import reach
from projects.resources.services import RATE, keeping
from projects.resources.services.people import hold_addresses
from projects.roster import waiting
from projects.roster.absences import absences
from projects.roster.day_order import ORDERS
from projects.roster.lines import CREATED, UPDATED, Line, Part, Plan
from projects.roster.people import people

CHUNK, DELETED = 500, 5_000  # rows of a statement
PARTS: tuple[Any, ...] = (PersonSkill, WorkPattern, Rate)  # of somebody, written with their line
# In the name of a file: a copy's number and a date from its year on (its week, a time after it), then one up to its year.
# One digit before a year is no month: "equipe-1-2026" is the file of a team, and what another team brought is not gone from it.
COPY_OR_DATE = re.compile(r"\(\d+\)|(?<!\d)(?:19|20)\d\d(?:[\W_]?[stwq]?\d{1,2}){1,5}(?!\d)", re.IGNORECASE)
UP_TO_YEAR = re.compile(r"(?<![^\W_])(?:\d{1,2}[.\-_]?\d{1,2}[.\-_]?)?(?:19|20)\d\d(?!\d)")


def sees_rates(user: User) -> bool:
    return Access.of(user).sees_everywhere("rates")


def check_right(by: User, *, what: str = ImportBatch.PEOPLE, person: int | None = None) -> None:
    """Who keeps the people of some units brings the absences of one of them; any other file says of everybody what it says."""
    if not by.has_perm(EDIT_RESOURCES):
        raise NotAllowed(_("Only who keeps resources brings people and absences from a file."))
    units = reach.keeps(by)
    of_theirs = what == ImportBatch.ABSENCES and person is not None and keeping.keeps_person(by, person)
    if units is not None and not of_theirs:
        words = _("You keep the people of %(units)s: bring in absences on the page of one of them.")
        raise NotAllowed(words % {"units": reach.names(units)})


def stage_file(
    *,
    by: User,
    content: bytes,
    file_name: str,
    what: str,
    person: Person | None = None,
    source: str = "",
    date_order: str = "",
) -> ImportBatch:
    """Keep the file with what it would change. `what`: ImportBatch.PEOPLE or ABSENCES; `person`: whose absences they are;
    `source`: what they come from, else the name of the file without its dates; `date_order`: "dmy" or "mdy" where no cell tells.
    """
    check_right(by, what=what, person=person.pk if person else None)
    options = {"person": person.pk if person else None, "source": (source.strip() or source_of(file_name))[:120],
               "date_order": date_order}  # fmt: skip
    return waiting.kept(by=by, content=content, file_name=file_name, what=what, options=options, compare=planned)


def planned(batch: ImportBatch, source: Source) -> Plan:
    """What the file would change now."""
    order = batch.options.get("date_order", "")
    if batch.profile == ImportBatch.PEOPLE:
        rates = batch.by is not None and sees_rates(batch.by)
        return people(source, on=timezone.localdate(), rates=rates, date_order=order)
    pk = batch.options.get("person")
    person = Person.objects.filter(pk=pk).first() if pk else None
    if pk and person is None:
        raise DomainError(_("This person is no longer in the directory."))
    called = batch.options.get("source", "")
    return absences(source, on=timezone.localdate(), person=person, called=called, date_order=order)


def read_dates(*, batch: ImportBatch, by: User, order: str) -> None:
    """Read the days and months of a waiting file in this order where its cells do not tell."""
    check_right(by, what=batch.profile, person=batch.options.get("person"))
    if order not in ORDERS:
        raise DomainError(_("Choose one of: %(known)s.") % {"known": ", ".join(ORDERS)}, field="date_order")
    waiting.read_again(batch, by, {"date_order": order}, planned)


def source_of(file_name: str) -> str:
    """“conges-2026-11.csv” and “conges-2026-12 (1).csv” come from the same place, “equipe1.csv” and “equipe2.csv” do not."""
    stem = file_name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return " ".join(re.sub(r"[\W_]+", " ", UP_TO_YEAR.sub(" ", COPY_OR_DATE.sub(" ", stem))).split())


def apply(*, batch: ImportBatch, by: User, skip_bad_rows: bool = False, gone: Collection[int] | None = ()) -> Plan:
    """Write what the file changes, compared again inside the transaction; nothing while a refused line is not to be skipped.

    `gone`: which of those it has no more are deleted; None: all of them.
    """
    check_right(by, what=batch.profile, person=batch.options.get("person"))
    waiting.check_waiting(batch, by)
    source = waiting.read(batch)
    with quotas.running("imports_at_once", by=by), writing():
        waiting.hold(batch)
        waiting.check_waiting(batch, by)
        hold_addresses()
        lock_tables()
        plan = planned(batch, source)
        if not skip_bad_rows:
            waiting.check_refused(plan)
        announce_people()
        with trace.tracing(source="import", request_id=batch.request_id), trace.acting(by):
            write([line for line in plan.lines if line.outcome in (CREATED, UPDATED)])
            plan.gone = [one for one in plan.gone if gone is None or one.pk in gone]
            delete(Absence, [one.pk for one in plan.gone])
        waiting.mark_applied(batch, plan)
    return plan


def write(lines: list[Line]) -> None:
    """A few statements for thousands of lines; the history tells each row all the same, because the database does."""
    for model in (Person, Absence):
        mine = [line for line in lines if isinstance(line.record, model)]
        model._default_manager.bulk_create([line.record for line in mine if line.outcome == CREATED], batch_size=CHUNK)
        own = {field.name for field in model._meta.fields}
        changed = [line for line in mine if line.outcome == UPDATED and own & line.changes.keys()]
        if fields := sorted({name for line in changed for name in line.changes} & own):
            fields += ["event_version"] if model is Absence else []
            update(model, [line.record for line in changed], fields)
    write_parts([(line.record, part) for line in lines for part in line.parts])
    write_units({line.record.pk: line.units for line in lines if line.units is not None})


def write_parts(parts: list[tuple[Person, Part]]) -> None:
    """Skills, working patterns and rates."""
    for model in PARTS:
        mine = [(person, part) for person, part in parts if isinstance(part.row, model)]
        for person, part in mine:
            part.row.person = person
        new = [part.row for _person, part in mine if not part.changed]
        model._default_manager.bulk_create(new, batch_size=CHUNK)
        changed = [part for _person, part in mine if part.changed]
        if fields := sorted({name for part in changed for name in part.changed}):
            update(model, [part.row for part in changed], fields)


def write_units(wanted: dict[int, list[tuple[Unit, int]]]) -> None:
    """The units of these people are these, with these shares."""
    delete(UnitShare, list(wanted), of="person")
    rows = [UnitShare(person_id=pk, unit=unit, percent=share) for pk, all_ in wanted.items() for unit, share in all_]
    UnitShare.objects.bulk_create(rows, batch_size=CHUNK)


def update(model: Any, rows: list[Any], fields: list[str]) -> None:
    """With the moment, which a bulk update leaves as it was: whoever asks for what changed since is told of these too."""
    now = timezone.now()
    for row in rows:
        row.updated_at = now
    model._default_manager.bulk_update(rows, [*fields, "updated_at"], batch_size=CHUNK)


def delete(model: Any, pks: Sequence[int], *, of: str = "pk") -> None:
    """By the thousand: of a hundred thousand, whose history the database writes, one statement lasts longer than it may."""
    for start in range(0, len(pks), DELETED):
        model._default_manager.filter(**{f"{of}__in": pks[start : start + DELETED]}).delete()


def take_back(*, batch: ImportBatch, by: User) -> None:
    """Put back what the file changed and take away what it added, within a day and as long as nobody changed it again."""
    check_right(by, what=batch.profile, person=batch.options.get("person"))
    waiting.check_undoable(batch)
    with writing(), trace.tracing(source="import", request_id=f"undo:{batch.pk}"):
        waiting.hold(batch)
        waiting.check_undoable(batch)
        hold_addresses()
        lock_tables()
        put_back(list(AuditEvent.objects.filter(request_id=batch.request_id).order_by("pk")), by=by)
        waiting.mark_undone(batch)


def lock_tables() -> None:
    """One file at a time, and nobody changes what it is compared with meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "LOCK TABLE projects_person, projects_absence, projects_unitshare, projects_personskill, projects_workpattern,"
            " projects_rate IN SHARE ROW EXCLUSIVE MODE"
        )


def put_back(events: list[AuditEvent], *, by: User) -> None:
    """Everything as it was, in a few statements whatever the number of rows; refused when one of them changed since."""
    done: dict[tuple[Any, str], list[AuditEvent]] = {}
    for event in events:
        done.setdefault((apps.get_model(event.target_type), event.action), []).append(event)
    for model in {model for model, _action in done}:
        mine = [event for event in events if event.target_type == model._meta.label]
        since = AuditEvent.objects.filter(target_type=model._meta.label, target_id__in={one.target_id for one in mine})
        if later := since.filter(pk__gt=events[0].pk).exclude(request_id=events[0].request_id).first():
            words = _("“%(what)s” was changed again since: nothing was taken back. Look at its history.")
            raise DomainError(words % {"what": later.label})
    added = {
        model: [event.target_id for event in done.get((model, "create"), ())]
        for model in (UnitShare, *PARTS, Absence, Person)
    }
    told_rates = any(model is Rate for model, _action in done) or any(RATE & event.changes.keys() for event in events)
    if told_rates and not sees_rates(by):
        raise NotAllowed(_("This file brought rates, which your role does not show: who sees them takes it back."))
    with trace.acting(by):
        for model in PARTS:
            delete(model, added[model])
    check_unused(added[Person])
    with trace.acting(by):
        back = [with_values(Absence(pk=event.target_id), event) for event in done.get((Absence, "delete"), ())]
        Absence.objects.bulk_create(back, batch_size=CHUNK)
        delete(UnitShare, added[UnitShare])
        gone = done.get((UnitShare, "delete"), ())
        UnitShare.objects.bulk_create(
            [with_values(UnitShare(pk=event.target_id), event) for event in gone], batch_size=CHUNK
        )
        for model in (Absence, Person):
            delete(model, added[model])
    crowded = UnitShare.objects.filter(person__in={event.changes["person"][0] for event in gone}).values("person")
    if crowded.annotate(sum=Sum("percent")).filter(sum__gt=100).exists():
        raise DomainError(_("Somebody was given another unit since: nothing was taken back."))
    check_addresses({event.target_id: event.changes["email"][0] for event in done.get((Person, "update"), ())
                     if "email" in event.changes})  # fmt: skip
    with trace.acting(by, action="undo"):
        for model in (Person, Absence, *PARTS):
            changed = {event.target_id: event for event in done.get((model, "update"), ())}
            rows = [with_values(row, changed[row.pk]) for row in model._default_manager.filter(pk__in=changed)]
            if fields := sorted({name for event in changed.values() for name in event.changes}):
                update(model, rows, fields)


def with_values(row: Any, event: AuditEvent) -> Any:
    """The row with what its fields held before the event."""
    for name, (before, _after) in event.changes.items():
        assign(row, name, undo.former_value(row, name, before))
    return row


def check_unused(pks: list[int]) -> None:
    """Somebody a file added stays once anything else is known of them: it would go with them."""
    known = Q(skills__isnull=False) | Q(patterns__isnull=False) | Q(rates__isnull=False) | Q(absences__isnull=False)
    if person := Person.objects.filter(known, pk__in=pks).first():
        words = _("“%(name)s” has been worked on since: nothing was taken back.")
        raise DomainError(words % {"name": person.name})


def check_addresses(former: Mapping[int, str]) -> None:
    """{person: the address they had before}: one that somebody else was given since is not put back."""
    wanted = {text.lower() for text in former.values() if text}
    others = Person.objects.exclude(pk__in=former).annotate(address=Lower("email")).filter(address__in=wanted)
    if wanted and (other := others.order_by("pk").first()):
        raise DomainError(_("%(name)s has this e-mail address already.") % {"name": other.name})


def batches_of(user: User) -> Any:
    """The files of people and absences that this user sent; those that were applied, for whoever keeps resources."""
    if not user.has_perm(EDIT_RESOURCES):
        return ImportBatch.objects.none()
    rows = ImportBatch.objects.filter(profile__in=(ImportBatch.PEOPLE, ImportBatch.ABSENCES))
    return (rows.filter(by=user) | rows.exclude(state=ImportBatch.State.STAGED)).select_related("by").defer("content")
