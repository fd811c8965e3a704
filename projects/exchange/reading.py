"""A parsed file and a profile → records. Pure: the database is only met in `plan`."""

from collections.abc import Mapping, Sequence, Set
from datetime import date

from projects.exchange import contradictions, dating, invisible, naming, roll_up, shape, totals, unread
from projects.exchange.columns import map_columns, recognised
from projects.exchange.parts import PartReader
from projects.exchange.problems import Problem, RefusedFile
from projects.exchange.profiles import Profile, SheetRule
from projects.exchange.records import BudgetKey, Programme, ProjectRecord, Reading, ReadSheet
from projects.exchange.rows import Found, SheetReader, fiscal_start, merge, named, progress, short_ref
from projects.exchange.table import Row, Sheet, Source
from projects.exchange.words import code_of, fold

_NAMES = frozenset({"project.name", "project.ref", "project.code"})
_OWN = frozenset({"ref", "programme", "programme_name", "parent_ref", "currency"})
_PLACED = frozenset({"project.parent_ref", "project.programme", "project.confidentiality"})


def read(
    source: Source,
    profile: Profile,
    *,
    today: date,
    file_name: str = "",
    on: date | None = None,
    skip: Set[tuple[str, int]] = frozenset(),
) -> Reading:
    """The records of a file. `on` given by the user wins over the file's own date; `skip` are (sheet, row) to leave out.

    Raises RefusedFile when no column fits.
    """
    reading = Reading(on=on, skip=skip)
    reading.problems.extend(
        Problem(n.code, row=n.row, column=n.column, value=n.value, sheet=n.sheet, warning=True) for n in source.notices
    )
    source = invisible.cleaned(source, reading.problems)
    readers = [
        _reader(sheet, rule, profile, reading, file_name) for sheet, rule in shape.choose(source, profile.sheets)
    ]
    readers.sort(key=lambda reader: reader.rule.entity != "project")
    if not readers or not any(reader.mapped.bindings for reader in readers):
        raise RefusedFile("no_known_column")
    if reading.on is None and not profile.dated.latest:
        reading.on = dating.fallback(profile.dated, file_name)
    for reader in readers:
        before = reading.rows
        if reader.rule.entity == "project" and not _NAMES & {binding.target for binding in reader.mapped.bindings}:
            reader.problem("no_name_column", reader.sheet.rows[0], 0, " · ".join(reader.mapped.headers))
        unread.report(reader)
        if reader.rule.entity == "project":
            ProjectReader(reader).read_all()
        else:
            PartReader(reader).read_all()
        count = reading.rows - before
        reading.sheets.append(
            ReadSheet(reader.sheet.name, reader.rule.entity, reader.mapped, count, reader.sheet.flipped)
        )
    roll_up.apply(reading, profile)
    if reading.on is None and profile.dated.latest:
        reading.on = dating.latest(reading, profile.dated, today) or dating.fallback(profile.dated, file_name)
    return reading


def _reader(sheet: Sheet, rule: SheetRule, profile: Profile, reading: Reading, file_name: str) -> SheetReader:
    def recognise(text: str) -> str:
        folded = fold(text)
        if folded in profile.columns:
            return profile.columns[folded] or folded
        named = next((column.to for column in rule.columns if any(p.search(folded) for p in column.header)), "")
        return named or (recognised(text, rule.entity) if rule.automatic else "")

    table = shape.upright(sheet, recognise)
    mapped = map_columns(table.rows[0].cells, rule, profile.columns)
    if reading.on is None:
        reading.on = dating.find(profile.dated, table, mapped, file_name)
    return SheetReader(table, rule, mapped, profile, reading)


class ProjectReader:
    """Rows of projects, alone or several to a project."""

    def __init__(self, reader: SheetReader) -> None:
        self.reader, self.profile, self.reading = reader, reader.profile, reader.reading
        self.states: dict[str, list[str]] = {}
        self.closing: dict[str, set[str]] = {}
        self.partial: dict[str, set[str]] = {}

    def read_all(self) -> None:
        """Read every row, then settle what only all rows of a project can tell."""
        for row, found in self.reader.data_rows():
            self.reading.rows += 1
            self._row(row, found)
        for ref, states in self.states.items():
            self.reading.records[ref].values["state"] = progress(states)
        for ref, fields in self.closing.items():
            record = self.reading.records[ref]
            if record.values.get("state") != "closed":
                record.values.update(dict.fromkeys(fields))
        for ref, fields in self.partial.items():
            self.reading.records[ref].values.update(dict.fromkeys(fields))

    def _row(self, row: Row, found: list[Found]) -> None:
        ref = self._reference(row, found)
        if not ref:
            return
        record = self.reading.records.get(ref)
        if record is not None and not self.reader.rule.grouped:
            index = (named(found, "project.ref") or named(found, "project.code") or found[0]).index
            self.reader.problem("duplicate_reference", row, index, ref, first=record.row)
            return
        if record is None:
            record = ProjectRecord(ref, row.number, self.reader.sheet.name, keys=self._keys(found))
            record.values.update(self.reader.rule.given("project"))
            self.reading.records[ref] = record
        record.rows.append(row.number)
        self._fill(record, row, found)
        PartReader(self.reader).from_project_row(record, row, found)

    def _reference(self, row: Row, found: list[Found]) -> str:
        """The external reference: its column, else the code, else the folded name. Reports a row without any."""
        for target in ("project.ref", "project.code"):
            item = named(found, target)
            if item and item.value:
                return short_ref(str(item.value))
        name = named(found, "project.name")
        if name and name.value:
            return short_ref(f"name:{fold(str(name.value))}")
        if not any(item.bad for item in found if item.target in ("project.ref", "project.code", "project.name")):
            self.reader.problem("missing_name", row, name.index if name else 0)
        return ""

    def _keys(self, found: Sequence[Found]) -> tuple[str, ...]:
        if not self.profile.names:
            return ()
        number, name = named(found, "project.ref"), named(found, "project.name")
        keys = naming.keys(str(name.value)) if name and name.value else ()
        return (f"id:{str(number.value).casefold()}", *keys) if number and number.value else keys

    def _fill(self, record: ProjectRecord, row: Row, found: list[Found]) -> None:
        """The project's own fields, its container and its amounts."""
        places: dict[str, int] = {}
        amounts: dict[BudgetKey, Found] = {}
        for item in found:
            entity, _, field = item.target.partition(".")
            if item.target in _PLACED:
                record.places[field, row.number] = self.reader.place(row, item.index)
            if item.bad:
                continue
            if entity == "amount" and (key := self._amount(record, item)):
                amounts[key] = item
            elif entity == "project" and field not in _OWN:
                places[field] = item.index
                self._field(record, field, item)
        self._once(record, row, amounts)
        self._container(record, found)
        self._currency(record, row, found)
        if "name" not in record.values or not record.values["name"]:
            record.values["name"] = record.ref.removeprefix("name:")
        record.values["name"] = str(record.values["name"])[:300]
        if not self.reader.rule.grouped:
            contradictions.check(record, row, places, self.reader)

    def _field(self, record: ProjectRecord, field: str, item: Found) -> None:
        value = item.value
        if field == "state" and item.how == "progress":
            if value:
                self.states.setdefault(record.ref, []).append(value)
            return
        if field == "declared":
            record.values["declared_label"] = item.raw[:200]
            value = value or ""
        if item.how == "max_if_closed":
            self.closing.setdefault(record.ref, set()).add(field)
        if item.how == "max_if_all" and value is None:
            self.partial.setdefault(record.ref, set()).add(field)
        if (
            field == "name"
            and value
            and item.binding
            and item.binding.rule.label
            and str(value).replace("-", "").isdigit()
        ):
            value = f"{item.binding.rule.label} {value}"
        if field == "state" and value is None:
            return
        record.values[field] = merge(item.how, record.values.get(field), value) if field in record.values else value

    def _amount(self, record: ProjectRecord, item: Found) -> BudgetKey | None:
        """A whole-life figure, a published year, or a month of a wide budget; the line it went to."""
        parts = item.target.split(".")
        period = item.binding.period if item.binding else None
        category = "fiscal_year" if parts[-1] == "year" else ""
        month = period or (fiscal_start(self.reading.on, self.profile.fiscal_month) if category else None)
        if category and month is None:
            return None
        key = (month, parts[1], "", category)
        record.budget[key] = merge(item.how, record.budget.get(key), item.value)
        return key

    def _once(self, record: ProjectRecord, row: Row, amounts: Mapping[BudgetKey, Found]) -> None:
        """A total beside its months keeps what they leave of it."""
        for key, covered in totals.beside_months({key: item.value for key, item in amounts.items()}).items():
            left = (record.budget[key] or 0) - covered
            record.budget[key] = left if left > 0 else None
            if left < 0:
                self.reader.problem("months_exceed_total", row, amounts[key].index, amounts[key].raw, warning=True)

    def _container(self, record: ProjectRecord, found: Sequence[Found]) -> None:
        code, name = named(found, "project.programme"), named(found, "project.programme_name")
        if code and code.value and record.programme is None:
            label = code.binding.rule.label if code.binding else ""
            text = f"{label} {code.value}".strip()
            text = self.profile.programme_aliases.get(text.upper(), text)
            full = str(name.value) if name and name.value else self.profile.programme_names.get(text.upper(), text)
            record.programme = Programme(code_of(text), full[:300])
        parent = named(found, "project.parent_ref")
        if parent and parent.value:
            record.parent_ref = short_ref(str(parent.value))

    def _currency(self, record: ProjectRecord, row: Row, found: Sequence[Found]) -> None:
        """The currency that the column, a header or the amounts name; two different ones in a row are a problem."""
        told = named(found, "project.currency")
        if told and told.value:
            record.values["currency"] = str(told.value).upper()
            return
        places: dict[str, int] = {}
        for item in found:
            header = item.binding.currency if item.binding else ""
            if item.value is not None and (currency := item.currency or header):
                places.setdefault(currency, item.index)
        if len(places) > 1:
            last = max(places.values())
            self.reader.problem("several_currencies", row, last, " / ".join(sorted(places)))
        elif places:
            record.values["currency"] = next(iter(places))
