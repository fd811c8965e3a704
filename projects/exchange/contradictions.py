"""Fields of one project that contradict each other."""

from collections.abc import Mapping

from projects.exchange.records import ProjectRecord
from projects.exchange.rows import SheetReader
from projects.exchange.table import Row

_ENDS = (("start_date", "forecast_end"), ("baseline_start", "baseline_end"), ("start_date", "actual_end"))


def check(record: ProjectRecord, row: Row, places: Mapping[str, int], reader: SheetReader) -> None:
    """Report them at their cells (`places`: the column of each field). A lenient profile keeps the start of a baseline alone."""
    lenient = reader.profile.lenient
    for start, end in _ENDS:
        first, last = record.values.get(start), record.values.get(end)
        if first and last and last < first:
            told = {"warning": lenient, "start": first.isoformat()}
            reader.problem("ends_before_it_starts", row, places.get(end, 0), last, **told)
            if lenient and start.startswith("baseline"):
                record.values[end] = None
    if record.values.get("state") == "suspended" and not record.values.get("resume_date"):
        reader.problem("resume_date_missing", row, places.get("state", 0))
