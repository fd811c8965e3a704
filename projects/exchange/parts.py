"""What hangs off projects: milestones, budget lines and risks, on sheets of their own or beside the project's columns."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from projects.exchange.records import PartRecord, ProjectRecord
from projects.exchange.rows import Found, SheetReader, merge, named, short_ref
from projects.exchange.table import Row
from projects.exchange.words import fold, slug

_REFERENCES = frozenset({"project", "ref"})


class PartReader:
    """Attaches parts to the project records of the reading."""

    def __init__(self, reader: SheetReader) -> None:
        self.reader, self.reading = reader, reader.reading
        self.entity = reader.rule.entity
        self._names: dict[str, ProjectRecord] = {}

    def read_all(self) -> None:
        """Every row of a sheet of milestones, budget lines or risks."""
        for known in self.reading.records.values():
            for name in (known.values.get("name"), known.values.get("code"), known.ref):
                if name:
                    self._names.setdefault(fold(str(name)), known)
        for row, found in self.reader.data_rows():
            self.reading.rows += 1
            record = self._project(row, found)
            if record is None:
                continue
            match self.entity:
                case "milestone":
                    self._milestone(record, row, found)
                case "budget":
                    self._budget(record, row, found)
                case "risk":
                    self._risk(record, row, found)

    def _project(self, row: Row, found: Sequence[Found]) -> ProjectRecord | None:
        """The project a row belongs to: in the file by reference, code or name, else one that must exist already."""
        item = named(found, f"{self.entity}.project")
        if item is None or not item.value:
            if item is None or not item.bad:
                self.reader.problem("missing_project", row, item.index if item else 0)
            return None
        ref = short_ref(str(item.value))
        known = self.reading.records.get(ref) or self._names.get(fold(ref))
        if known is None:
            known = ProjectRecord(ref, row.number, self.reader.sheet.name, known_only=True)
            self.reading.records[ref] = self._names[fold(ref)] = known
        if known.known_only and known.sheet == self.reader.sheet.name:
            known.places["project", row.number] = self.reader.place(row, item.index)
            known.rows.append(row.number)  # should the project not exist, every row of its is left out at once
        return known

    def from_project_row(self, record: ProjectRecord, row: Row, found: Sequence[Found]) -> None:
        """The milestones that a project's own row carries: one per phase row, or one per stage-gate column."""
        if named(found, "milestone.name"):
            self._milestone(record, row, found)
        gates = [item for item in found if item.target.startswith("gate.")]
        if gates:
            self._gates(record, gates)

    def _part_values(self, found: Sequence[Found], entity: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for item in found:
            owner, _, field = item.target.partition(".")
            if owner == entity and field not in _REFERENCES and not item.bad:
                values[field] = merge(item.how, values.get(field), item.value)
        return values

    def _milestone(self, record: ProjectRecord, row: Row, found: Sequence[Found]) -> None:
        values = {**self.reader.rule.given("milestone"), **self._part_values(found, "milestone")}
        values.pop("status", None)
        name = values.get("name")
        if not name:
            item = named(found, "milestone.name")
            if not (item and item.bad):
                self.reader.problem("missing_milestone_name", row, item.index if item else 0)
            return
        told = named(found, "milestone.ref")
        ref = (
            short_ref(str(told.value))
            if told and told.value
            else str(values.get("code") or slug(str(name), most=60) or "M")
        )
        if ref in record.milestones:
            if told and told.value:
                self.reader.problem("duplicate_reference", row, told.index, ref, first=record.milestones[ref].row)
                return
            count = sum(1 for other in record.milestones if other == ref or other.startswith(f"{ref}~"))
            ref = f"{ref}~{count + 1}"
            values["name"] = f"{name} ({count + 1})"
        values["position"] = len(record.milestones) + 1
        record.milestones[ref] = PartRecord(ref, row.number, values)

    def _gates(self, record: ProjectRecord, gates: Sequence[Found]) -> None:
        """Stage gates: passed when dated before the day of the file, forecast otherwise; they give the project its life."""
        on = self.reading.on or date.max
        rules = self.reader.rule.gates
        days: dict[str, date] = {}
        for position, item in enumerate(gates, start=1):
            label = item.target.removeprefix("gate.")
            if item.bad:
                continue
            day: date | None = item.value
            if day is not None:
                days[label] = day
            passed = day is not None and day <= on
            rule = item.binding.rule if item.binding else None
            values = {
                "name": (rule.label if rule else "") or label,
                "name_en": rule.label_en if rule else "",
                "actual_date": day if passed else None,
                "forecast_date": None if passed else day,
                "position": position,
            }
            if day is not None:
                ref = slug(label, most=60)
                record.milestones[ref] = PartRecord(ref, record.row, values)
        self._life(record, days, rules.start, rules.end, rules.executing, on)

    def _life(
        self, record: ProjectRecord, days: dict[str, date], start: str, end: str, executing: str, on: date
    ) -> None:
        if start:
            record.values["start_date"] = days.get(start)
        if end:
            last = days.get(end)  # a project without a date for its last gate has no known end
            record.values["forecast_end"] = last
            ended = last is not None and last <= on
            record.values["actual_end"] = last if ended else None
            begun = days.get(executing, date.max) <= on
            record.values["state"] = "closed" if ended else "executing" if begun else "planning"

    def _budget(self, record: ProjectRecord, row: Row, found: Sequence[Found]) -> None:
        """One line per row, or one per month column of the row."""
        values = self._part_values(found, "budget")
        kind, cost, category = (
            values.get("kind") or "revised",
            values.get("cost_type") or "",
            str(values.get("category") or ""),
        )
        lines = [
            (item.binding.period, item.value)
            for item in found
            if item.target.startswith("amount.") and item.binding and not item.bad
        ]
        if "amount" in values:
            month = values.get("month")
            lines.append((month.replace(day=1) if month else None, values["amount"]))
        for month, amount in lines:
            key = (month, str(kind), str(cost), category)
            record.budget[key] = merge("sum", record.budget.get(key), amount)

    def _risk(self, record: ProjectRecord, row: Row, found: Sequence[Found]) -> None:
        values = self._part_values(found, "risk")
        title = values.get("title")
        for field in ("title", "probability", "impact"):
            item = named(found, f"risk.{field}")
            if not values.get(field) and not (item and item.bad):
                self.reader.problem("missing_value", row, item.index if item else 0, field=field)
        if not title or not values.get("probability") or not values.get("impact"):
            return
        told = named(found, "risk.ref")
        ref = short_ref(str((told.value if told else None) or values.get("code") or slug(str(title), most=60)))
        if ref in record.risks:
            self.reader.problem("duplicate_reference", row, told.index if told else 0, ref, first=record.risks[ref].row)
            return
        record.risks[ref] = PartRecord(ref, row.number, values)
