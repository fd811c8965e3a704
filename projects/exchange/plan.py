"""The dry run: records against what is stored → what would be created, updated and left, cell by cell. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from projects.exchange import first_published
from projects.exchange.match import Matches, match
from projects.exchange.plan_parts import budget_parts, milestone_parts, risk_parts, same
from projects.exchange.planned import Changes, Plan, ProjectPlan
from projects.exchange.problems import Place, Problem
from projects.exchange.profiles import Profile
from projects.exchange.records import ProjectRecord, Reading
from projects.exchange.state import Current, KnownProject
from projects.exchange.words import fold

NEVER_CLEARED = frozenset({"name", "state", "confidentiality", "must_win", "currency"})
TEXTS = frozenset(
    {
        "name", "name_en", "short_name", "description", "phase", "category", "size", "delivery_mode", "investment_class",
        "declared", "declared_label", "declared_trend", "key_message", "currency", "state", "confidentiality", "code",
    }
)  # fmt: skip


def make(reading: Reading, current: Current, profile: Profile, *, today: date) -> Plan:
    """Compare. A publication older than the one that is stored changes nothing and says so."""
    plan = Plan(rows=reading.rows, on=reading.on, problems=list(reading.problems))
    found = match(reading.records.values(), current, profile)
    dated = reading.on is not None
    older = bool(dated and current.status_date and profile.absent == "left" and reading.on < current.status_date)
    if older:
        plan.problems.append(
            Problem("older_than_stored", params={"stored": f"{current.status_date:%Y-%m-%d}"}, warning=True)
        )
    maker = _Maker(plan, current, profile, found, reading.on or today, dated)
    for record in reading.records.values():
        known = found.known.get(record.ref)
        if older and known is not None:
            plan.projects.append(ProjectPlan("unchanged", record, id=known.id, label=known.label, ref=known.ref))
        elif not older:
            maker.add(record, known)
    maker.refuse_circles()
    if profile.absent == "left" and not older and reading.records:
        plan.left = dict(current.others)
        plan.left.update({known.id: known.label for known in found.missing if not known.left})
    return plan


class _Maker:
    """Plans one record after the other, keeping track of codes and containers that earlier records claimed."""

    def __init__(self, plan: Plan, current: Current, profile: Profile, found: Matches, on: date, dated: bool) -> None:
        self.plan, self.current, self.profile, self.found = plan, current, profile, found
        self.on, self.dated = on, dated
        self.codes = set(current.codes)
        self.counts: dict[str, int] = {}
        self.refs = {known.ref for known in current.projects} | set(found.by_ref)

    def add(self, record: ProjectRecord, known: KnownProject | None) -> None:
        """Plan one record."""
        if known is None and record.known_only:
            self._refuse("unknown_project", record, record.ref, "project")
            return
        if known is not None and not known.may_edit:
            self._refuse("not_allowed", record, known.ref or known.code)
            return
        item = ProjectPlan("unchanged", record, ref=self._ref(record, known))
        if known:
            item.id, item.label, item.code = known.id, known.label, known.code
        else:
            item.label, item.code = str(record.values.get("name", record.ref)), self._code(record)
        if not record.known_only:
            item.container = self._container(record, known)
            if item.container is None:
                return
            item.parent_ref = self._parent(record, known)
            on = self.on if self.dated else None
            item.later = self.profile.first_dates_are_baseline and first_published.is_later(known, on)
            item.changes = self._changes(record, known, item)
            self._stamp(record, known, item)
        clears = self.profile.blank == "clear"
        item.parts = [
            *milestone_parts(record, known, clears=clears, later=item.later),
            *budget_parts(record, known, clears=clears, first=self.profile.first_costs_are_budget, later=item.later),
            *risk_parts(record, known, clears=clears),
        ]
        moved = known is not None and item.container is not None and item.container != known.container
        if known is None:
            item.action = "create"
        elif item.changes or item.parts or moved:
            item.action = "update"
        if moved and known is not None:
            item.changes["node"] = (known.container, item.container)
        self.plan.projects.append(item)

    def _refuse(self, code: str, record: ProjectRecord, value: str, field: str = "") -> None:
        """At the cell of the field, in each row of the record that has one; at the rows as a whole otherwise."""
        for row in record.rows or [record.row]:
            place = record.places.get((field, row), Place(row, "", ""))
            self.plan.problems.append(
                Problem(code, place.row, place.column, value, record.sheet, place.cell, record_row=row)
            )

    def _ref(self, record: ProjectRecord, known: KnownProject | None) -> str:
        """The reference to store: a published number replaces a name, never the other way round."""
        if known is None or (
            known.ref.startswith("name:") and not record.ref.startswith("name:") and not record.known_only
        ):
            return record.ref
        return known.ref or ("" if record.known_only else record.ref)

    def _code(self, record: ProjectRecord) -> str:
        """A short code that no other project of the portfolio has: the file's own, its reference, else programme and number."""
        told = str(record.values.get("code") or ("" if record.ref.startswith("name:") else record.ref))
        if told and len(told) <= 40 and "|" not in told and fold(told) not in self.codes:
            self.codes.add(fold(told))
            return told
        base = (record.programme.code if record.programme else self.current.portfolio_code)[:16].rstrip("-")
        while True:
            self.counts[base] = self.counts.get(base, 0) + 1
            code = f"{base}-{self.counts[base]:03}"
            if fold(code) not in self.codes:
                self.codes.add(fold(code))
                return code

    def _container(self, record: ProjectRecord, known: KnownProject | None) -> str | None:
        """The code of the container; None (with a problem) when the actor may not create or move a project there."""
        top = self.current.portfolio_code
        if record.programme is None:
            code = known.container if known else top
        else:
            wanted = f"{top}-{record.programme.code}"[:40]
            code = (
                self.current.containers.get(wanted)
                or self.current.containers.get(fold(record.programme.name))
                or wanted
            )
            if code not in self.current.containers.values() and code not in self.plan.containers:
                if not self.current.may_shape_tree:
                    self._refuse("not_allowed", record, record.programme.name, "programme")
                    return None
                self.plan.containers[code] = record.programme.name
        allowed = code in self.current.creates_in or code in self.plan.containers
        if (known is None or code != known.container) and not allowed:
            self._refuse("not_allowed", record, record.ref)
            return None
        return code

    def _parent(self, record: ProjectRecord, known: KnownProject | None) -> str | None:
        if not record.parent_ref:
            return None
        if record.parent_ref not in self.refs:
            self._refuse("unknown_parent", record, record.parent_ref, "parent_ref")
        return None if known and known.parent_ref == record.parent_ref else record.parent_ref

    def refuse_circles(self) -> None:
        """New projects that are parts of each other have no place in the tree."""
        above = {
            item.ref: item.parent_ref for item in self.plan.projects if item.action == "create" and item.parent_ref
        }
        for item in self.plan.projects:
            seen: set[str] = set()
            ref: str | None = item.ref
            while ref in above and ref not in seen:
                seen.add(ref)
                ref = above[ref]
            if item.ref in seen and ref == item.ref:
                self._refuse("parent_circle", item.record, item.ref, "parent_ref")

    def _changes(self, record: ProjectRecord, known: KnownProject | None, item: ProjectPlan) -> Changes:
        """The cells that differ; empty cells count only where the profile says that they empty the stored value."""
        stored: Mapping[str, Any] = known.values if known else {}
        wanted = dict(record.values)
        if self.profile.first_dates_are_baseline:
            wanted = first_published.without_blanks(wanted)
        if item.later:
            wanted.update(first_published.project_dates(wanted, stored))
        if known is None or item.ref != known.ref:
            wanted["external_ref"] = item.ref
        if known and known.left:
            wanted["left_on"] = None
        if "code" in wanted and (known is None or not wanted["code"]):
            del wanted["code"]
        changes: Changes = {}
        for name, value in wanted.items():
            old = stored.get(name)
            if value is None and (name in NEVER_CLEARED or (self.profile.blank != "clear" and name != "left_on")):
                continue
            new = "" if value is None and name in TEXTS else value
            if not same(name, old, new):
                changes[name] = (old, new)
        if "confidentiality" in changes and not self.current.may_set_confidentiality:
            self._refuse("not_allowed_field", record, str(changes["confidentiality"][1]), "confidentiality")
        if parent := item.parent_ref:
            changes["parent"] = (known.parent_ref if known else None, parent)
        return changes

    def _stamp(self, record: ProjectRecord, known: KnownProject | None, item: ProjectPlan) -> None:
        """The dates of the facts: always those of a dated publication, otherwise only when something changed."""
        if known is None or self.dated or item.changes:
            item.stamp["data_date"] = self.on
        declared = record.values.get("declared")
        if declared and (known is None or self.dated or "declared" in item.changes):
            item.stamp["declared_on"] = self.on
        if known:
            item.stamp = {name: day for name, day in item.stamp.items() if known.values.get(name) != day}
            item.stamp_before = {name: known.values.get(name) for name in item.stamp}
