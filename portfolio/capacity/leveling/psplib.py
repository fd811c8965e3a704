"""PSPLIB's single-mode project files (`.sm`; Kolisch & Sprecher 1996): read into a network, or refused with the line and why."""

import re
from dataclasses import dataclass
from pathlib import Path

from portfolio.capacity.leveling.network import BadNetwork, Network, network

MOST_BYTES = 5_000_000
MOST_JOBS = 10_000
MOST_RESOURCES = 100
LARGEST = 1_000_000  # of a duration, a demand or a capacity
WHOLE = re.compile(r"-?\d{1,18}")


class BadFile(Exception):
    """A file that is no project: `code` is a key of the command's texts, `line` counts from 1 (0: the file as a whole)."""

    def __init__(self, code: str, line: int = 0, **values: object) -> None:
        super().__init__(code, line, values)
        self.code, self.line, self.values = code, line, values


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str

    def whole_numbers(self) -> list[int]:
        words = self.text.split()
        for word in words:
            if not WHOLE.fullmatch(word):
                raise BadFile("not_a_number", self.number, word=word[:30])
            if abs(int(word)) > LARGEST:
                raise BadFile("too_large", self.number, word=word, most=LARGEST)
        return [int(word) for word in words]


@dataclass(frozen=True, slots=True)
class Project:
    """The network of a file; job i (from 0) is called `jobs[i]` there."""

    jobs: tuple[str, ...]
    network: Network


def read(path: Path) -> Project:
    """OSError when it cannot be opened, BadFile when it is no project."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadFile("file_too_large", most=MOST_BYTES // 1_000_000)
    return parse(content.decode("latin-1"))


def parse(text: str) -> Project:
    """From the text of a `.sm` file."""
    lines = [Line(number, one.strip()) for number, one in enumerate(text.splitlines(), 1)]
    if not any(line.text for line in lines):
        raise BadFile("empty")
    size = _declared(lines, r"jobs\b[^:]*:\s*(\S+)", "jobs", MOST_JOBS)
    kinds = _declared(lines, r"-\s*renewable\s*:\s*(\S+)", "renewable", MOST_RESOURCES)
    for label in ("nonrenewable", "doubly constrained"):
        if _declared(lines, rf"-\s*{label}\s*:\s*(\S+)", label, LARGEST, missing=0):
            raise BadFile("other_resources", _line_of(lines, label))
    followers = _followers(_section(lines, "PRECEDENCE RELATIONS", size), size)
    lasting, demands, places = _requests(_section(lines, "REQUESTS/DURATIONS", size), size, kinds)
    if sum(lasting) > LARGEST:
        raise BadFile("too_long", total=sum(lasting), most=LARGEST)
    capacities = _capacities(_section(lines, "RESOURCEAVAILABILITIES", 1)[0], kinds)
    try:
        found = network(lasting, demands, capacities, followers)
    except BadNetwork as error:
        raise _placed(error, places, demands, capacities) from error
    return Project(tuple(str(job) for job in range(1, size + 1)), found)


def _declared(lines: list[Line], pattern: str, label: str, most: int, *, missing: int | None = None) -> int:
    for line in lines:
        found = re.match(pattern, line.text, re.IGNORECASE)
        if found:
            (number,) = Line(line.number, found.group(1)).whole_numbers()
            if not 0 <= number <= most or (missing is None and number == 0):
                raise BadFile(
                    "out_of_range", line.number, label=label, least=0 if missing == 0 else 1, most=most, found=number
                )
            return number
    if missing is None:
        raise BadFile("no_declaration", label=label)
    return missing


def _line_of(lines: list[Line], label: str) -> int:
    return next((line.number for line in lines if label in line.text.lower()), 0)


def _section(lines: list[Line], title: str, rows: int) -> list[Line]:
    """The `rows` lines of numbers below a title; what stands between the two (heads of columns, rules) is no number."""
    at = next((index for index, line in enumerate(lines) if line.text.upper().startswith(title)), None)
    if at is None:
        raise BadFile("no_section", title=title)
    found: list[Line] = []
    for line in lines[at + 1 :]:
        if line.text.startswith("*") or line.text.upper().startswith(("PRECEDENCE", "REQUESTS", "RESOURCEAVAIL")):
            break
        if line.text and (found or line.text[0].isdigit() or (line.text[0] == "-" and line.text[1:2].isdigit())):
            found.append(line)
    if len(found) != rows:
        raise BadFile("rows", lines[at].number, title=title, expected=rows, found=len(found))
    return found


def _job(number: int, line: Line, size: int) -> int:
    if not 1 <= number <= size:
        raise BadFile("no_such_job", line.number, job=number, most=size)
    return number - 1


def _followers(rows: list[Line], size: int) -> list[tuple[int, int]]:
    """(earlier, later) pairs from `job, modes, successors, each of them`."""
    pairs: list[tuple[int, int]] = []
    seen: set[int] = set()
    for line in rows:
        numbers = line.whole_numbers()
        if len(numbers) < 3:
            raise BadFile("columns", line.number, least=3, found=len(numbers))
        job = _job(numbers[0], line, size)
        if job in seen:
            raise BadFile("job_twice", line.number, job=numbers[0])
        seen.add(job)
        if numbers[1] != 1:
            raise BadFile("modes", line.number, job=numbers[0], modes=numbers[1])
        if numbers[2] != len(numbers) - 3:
            raise BadFile("successors", line.number, job=numbers[0], expected=numbers[2], found=len(numbers) - 3)
        pairs += [(job, _job(later, line, size)) for later in numbers[3:]]
    return pairs


def _requests(rows: list[Line], size: int, kinds: int) -> tuple[list[int], list[list[int]], list[int]]:
    """Durations, demands and line numbers, by job."""
    lasting, places = [0] * size, [0] * size
    demands: list[list[int]] = [[] for _ in range(size)]
    for line in rows:
        numbers = line.whole_numbers()
        if len(numbers) != 3 + kinds:
            raise BadFile("columns_exact", line.number, expected=3 + kinds, found=len(numbers))
        job = _job(numbers[0], line, size)
        if places[job]:
            raise BadFile("job_twice", line.number, job=numbers[0])
        if numbers[1] != 1:
            raise BadFile("modes", line.number, job=numbers[0], modes=numbers[1])
        lasting[job], demands[job], places[job] = numbers[2], numbers[3:], line.number
    return lasting, demands, places


def _capacities(line: Line, kinds: int) -> list[int]:
    numbers = line.whole_numbers()
    if len(numbers) != kinds:
        raise BadFile("columns_exact", line.number, expected=kinds, found=len(numbers))
    if min(numbers) < 0:
        raise BadFile("negative_capacity", line.number)
    return numbers


def _placed(error: BadNetwork, places: list[int], demands: list[list[int]], capacities: list[int]) -> BadFile:
    job = error.activity + 1
    if error.code == "never_fits":
        asked, there = demands[error.activity][error.resource], capacities[error.resource]
        return BadFile(
            "never_fits", places[error.activity], job=job, resource=error.resource + 1, asked=asked, there=there
        )
    return BadFile(error.code, 0 if error.code == "circle" else places[error.activity], job=job)
