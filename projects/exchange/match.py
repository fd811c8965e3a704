"""Which record is which stored project: by reference, then by code, then by the names of a publication. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from projects.exchange import naming
from projects.exchange.profiles import Profile
from projects.exchange.records import ProjectRecord
from projects.exchange.state import Current, KnownProject
from projects.exchange.words import fold


@dataclass(slots=True)
class Matches:
    """`known` maps a record's reference to its stored project; `missing` are the stored projects that no record names."""

    known: dict[str, KnownProject] = field(default_factory=dict)
    by_ref: dict[str, ProjectRecord] = field(default_factory=dict)
    missing: list[KnownProject] = field(default_factory=list)


def match(records: Iterable[ProjectRecord], current: Current, profile: Profile) -> Matches:
    """Match each record with at most one stored project and each project with at most one record; the surest ways first."""
    found = Matches(by_ref={record.ref: record for record in records})
    by_id = {known.id: known for known in current.projects}
    by_ref = {known.ref: known for known in current.projects if known.ref}
    by_code = {fold(known.code): known for known in current.projects}
    by_name = {fold(known.label): known for known in current.projects}
    used: set[int] = set()

    def take(record: ProjectRecord, known: KnownProject | None) -> None:
        if known is not None and known.id not in used and record.ref not in found.known:
            found.known[record.ref] = known
            used.add(known.id)

    for record in found.by_ref.values():
        take(record, by_ref.get(record.ref))
    for record in found.by_ref.values():
        if profile.names:
            # A number is surer than a name, and a whole name than a former one: keys come in that order.
            take(
                record,
                next(
                    (by_id[i] for key in record.keys if (i := current.keys.get(key)) in by_id and i not in used), None
                ),
            )
        elif not record.ref.startswith("name:") or record.known_only:
            take(record, by_code.get(fold(record.ref)))
        if record.known_only or record.ref.startswith("name:"):
            take(record, by_name.get(fold(record.ref.removeprefix("name:"))))
    if profile.names:
        _match_alike(found, current, used, by_id, take)
    found.missing = [known for known in current.projects if known.id not in used]
    return found


def _match_alike(
    found: Matches,
    current: Current,
    used: set[int],
    by_id: dict[int, KnownProject],
    take: Callable[[ProjectRecord, KnownProject | None], None],
) -> None:
    """Names that changed a little from one edition to the next, mutual best only."""
    old: dict[str, list[str]] = {}
    for key, project_id in current.keys.items():
        if project_id in by_id and project_id not in used:
            old.setdefault(str(project_id), []).append(key)
    new = {record.ref: record.keys for record in found.by_ref.values() if record.ref not in found.known}
    for ref, matched in naming.alike(new, old).items():
        take(found.by_ref[ref], by_id[int(matched)])
