"""The measured figures as docs/performance.md: medians, ratios to the raw limit, budgets, growth between the sizes."""

from datetime import date
from typing import Any

from benchmarks import budgets
from benchmarks.budgets import Measured


def render(sizes: list[Measured]) -> str:
    """The whole page, sizes in ascending order."""
    parts = [_head(sizes), _missed(sizes)]
    if all("health" in one and "changed" in one["health"] for one in sizes):
        parts.append(_health(sizes))
    if all("change" in one for one in sizes):
        parts.append(_change(sizes))
    if all("pages" in one for one in sizes):
        parts += [_pages(one) for one in sizes]
        parts.append(_growth(sizes))
        parts.append(_memory(sizes))
    if all("rights" in one for one in sizes):
        parts.append(_rights(sizes))
    if all("history" in one for one in sizes):
        parts.append(_history(sizes))
    if all("files" in one for one in sizes):
        parts.append(_files(sizes))
    if all("cycle" in one for one in sizes):
        parts.append(_cycle(sizes))
    parts += [_paths(one["paths"]) for one in sizes if one.get("paths")]
    if held := next((one["capacity"] for one in sizes if "capacity" in one), None):
        parts.append(_capacity(held))
    if all("comparing" in one for one in sizes):
        parts.append(_comparing(sizes))
    parts += [_leveling(one["leveling"]) for one in sizes if one.get("leveling")]
    if all("imports" in one for one in sizes):
        parts.append(_imports(sizes))
    return "\n\n".join(parts) + "\n"


def _head(sizes: list[Measured]) -> str:
    rows = [
        (_count(one["size"]), f"{one['generate']['migrate_seconds']} s", f"{one['generate']['seconds']} s",
         f"{one['generate']['peak_mb']} MB", f"{one['generate']['data_mb']} MB", one["load"]) for one in sizes
    ]  # fmt: skip
    header = (
        "projects",
        "`migrate` from nothing",
        "generated in",
        "generator's peak",
        "database",
        "load of the machine",
    )
    return f"""# Performance

Written by `make bench` on {date.today():%d %B %Y}; {sizes[0]["machine"]}.

How to read it. **CPU** is user + system of our processes and of their PostgreSQL backends; it is the figure to trust, though a
busy machine raises it too (the last column below says how busy it was; two cores are full at 2). Milliseconds by the clock are
an upper bound. Health and pages are medians of three rounds, each page's CPU being the mean of its requests in a round; the
other figures come from one run. Each size has a database of its own with 8 milestones, 60 budget lines over 24 months, 4 risks
and 6 past states per project (`manage.py generate_portfolio`). Budgets and moonshots were set before anything was built.

{_table(header, rows)}"""


def _missed(sizes: list[Measured]) -> str:
    """The budgets that the figures below do not keep, in words: found by comparing, so that none is forgotten."""
    found = budgets.missed(sizes)
    told = "\n".join(f"- {line}" for line in found) if found else "None."
    return f"## Budgets not kept\n\n{told}"


def _health(sizes: list[Measured]) -> str:
    rows = []
    for one in sizes:
        figures = one["health"]
        for name, label in (
            ("changed", "everything changed"), ("same", "nothing changed"), ("limit", "raw limit: the same SQL, no rules"),
        ):  # fmt: skip
            told = figures[name]
            total = told["ours_ms"] + told["postgres_ms"]
            limit = figures["limit"]["ours_ms"] + figures["limit"]["postgres_ms"]
            ratio = f"{total / limit:.1f}×" if name == "changed" else ""
            rows.append(
                (_count(one["size"]), label, _count(told["per_second"]), f"{told['ours_ms']:.0f}", f"{told['postgres_ms']:.0f}",
                 f"{told['peak_mb']:.0f} MB" if told["peak_mb"] else "", ratio)
            )  # fmt: skip
    header = (
        "projects",
        "run",
        "projects/s",
        "our CPU ms per 1,000",
        "PostgreSQL CPU ms per 1,000",
        "peak",
        "of the limit",
    )
    return f"""## Health of every project again, one worker

Budget: {_count(budgets.HEALTH_PER_SECOND)} projects/s at 10,000 projects, linear to 100,000. "Everything changed" writes a
photograph, a history row and the roll-ups for every project. The raw limit reads with the same five queries and writes as many
rows inside PostgreSQL, without rules; goal: 1.5 times it.

{_table(header, rows)}{_exponent_of(sizes, "time per project", lambda one: 1 / one["health"]["changed"]["per_second"])}"""


def _change(sizes: list[Measured]) -> str:
    rows = [
        (_count(one["size"]), *(f"{_count(one['change'][key])} ms" for key in ("p50", "p95", "longest", "at_night")))
        for one in sizes
    ]
    count = sizes[0]["change"]["count"]
    return f"""## One change → its row on the dashboards

From the writer's commit to the new photograph, with one real Celery worker process. Budget: 1 s. The last column is one change
made right after every project was queued, as every night and when a worker starts after a night without one: it waits in line.

{_table(("projects", "p50", "p95", f"longest of {count}", "while all are recomputed"), rows)}"""


def _pages(one: Measured) -> str:
    header = (
        "page", "CPU ms", "after a change", "empty cache", "budget / moonshot", "SQL (after a change) / budget",
        "p50 / p95 ms, 1 client", "p50 / p95 ms, 8 clients", "kB raw / as sent to a browser / gzip", "of the raw limit",
    )  # fmt: skip
    rows = [_page(name, told) for name, told in one["pages"].items()]
    return f"## Pages, {_count(one['size'])} projects\n\n{_table(header, rows)}"


def _page(name: str, told: dict[str, Any]) -> tuple[str, ...]:
    (budget, sql), (moonshot, _sql) = budgets.PAGES[name]
    kilobytes = " / ".join(f"{told[key] / 1000:.0f}" for key in ("bytes", "sent", "packed"))
    limit = told.get("limit_ms")
    return (
        name,
        f"{told['cpu_ms']:.1f}",
        f"{told['changed_cpu_ms']:.1f}",
        f"{told['fresh_cpu_ms']:.1f}",
        f"{budget} / {moonshot}",
        f"{told['sql']:.0f} ({told['changed_sql']:.0f}) / {sql}",
        f"{told['p50']:.0f} / {told['p95']:.0f}",
        f"{told['p50_crowd']:.0f} / {told['p95_crowd']:.0f}",
        kilobytes,
        f"{told['cpu_ms'] / limit:.1f}× of {limit:.1f} ms" if limit else "",
    )


def _rights(sizes: list[Measured]) -> str:
    header = ("projects", "page", "superuser, CPU ms", "three memberships, CPU ms", "ratio / budget")
    rows = [
        (_count(one["size"]), page, f"{told['superuser_ms']:.1f}", f"{told['three_ms']:.1f}",
         f"{told['ratio']:.2f}× / {budgets.RIGHTS_RATIO:.2f}×")
        for one in sizes for page, told in one["rights"].items()
    ]  # fmt: skip
    return f"""## What rights cost

A reader who is executive over the portfolio, contributor to a programme of it and manager of one project, against a superuser;
both see every project. Asked in turns; the ratio is the median of the rounds' ratios.

{_table(header, rows)}"""


def _history(sizes: list[Measured]) -> str:
    bulk = [
        (_count(one["size"]), name, f"{told['without_ms']:.3f}", f"{told['with_ms']:.3f}",
         f"{told['with_ms'] - told['without_ms']:.3f} / {budgets.HISTORY_ROW_MS}")
        for one in sizes for name, told in one["history"]["bulk"].items()
    ]  # fmt: skip
    single = [
        (_count(one["size"]), key, f"{told['per_second']:.0f}", f"{told['p50']:.0f} / {told['p95']:.0f}", f"{told['cpu_ms']:.1f}")
        for one in sizes for key, told in one["history"]["request"].items()
    ]  # fmt: skip
    return f"""## What the history costs

The database writes an event for each changed row (decision 0108). The same writes with its triggers and without, in turns. In
bulk, 2,000 rows at once after 50 single saves on the same connection:

{_table(("projects", "write", "without, PostgreSQL CPU ms a row", "with", "added / budget"), bulk)}

One by one: a status declared through the page, with its audit row, its place in the queue of health and its answer. Budget: p95
at most {budgets.HISTORY_P95 * 100 - 100:.0f} % longer.

{_table(("projects", "history", "writes/s, one client", "p50 / p95 ms", "CPU ms"), single)}"""


def _growth(sizes: list[Measured]) -> str:
    if len(sizes) < 2:
        return "## Growth\n\nMeasured with one size only."
    rows = []
    for name in sizes[0]["pages"]:
        costs = ([one["pages"][name][key] for one in sizes] for key in ("cpu_ms", "changed_cpu_ms", "fresh_cpu_ms"))
        rows.append((name, *(_exponents(sizes, cost) for cost in costs)))
    header = ("page", "exponent, usual", "exponent, after a change", "exponent, empty cache")
    return f"""## Growth

log(cost ratio) / log(size ratio) between neighbouring sizes: 0 is flat, 1 is linear. Budget: lists and item pages ≤ 0.10,
dashboards ≤ 0.30.

{_table(header, rows)}"""


def _memory(sizes: list[Measured]) -> str:
    rows = []
    for one in sizes:
        for who, key in (("web, two processes and their parent", "memory"), ("worker and its child", "worker")):
            if key in one:
                rows.append((_count(one["size"]), who, f"{one[key]['rss']:.0f} MB", f"{one[key]['pss']:.0f} MB"))
    table = _table(("projects", "who", "RSS", "PSS"), rows)
    return f"## Memory after the runs above\n\nBudget: 300 MB PSS for two web workers.\n\n{table}"


def _cycle(sizes: list[Measured]) -> str:
    rows = []
    for one in sizes:
        told = one["cycle"]
        budget = f"{budgets.FREEZE_S * told['reports'] / 1000:.0f} s"
        seconds = (f"{told['open_s']:.2f} s", f"{told['freeze_s']:.2f} s", budget)
        rows.append(
            (
                _count(told["reports"]),
                *seconds,
                f"{told['form_ms']:.0f}",
                budgets.FORM_MS,
                f"{told['collection_ms']:.0f}",
            )
        )
    past = [
        (_count(told["reports"]), name, f"{other:.0f}", f"{frozen:.0f}")
        for told in (one["cycle"] for one in sizes)
        for name, (other, frozen) in told["past"].items()
    ]
    head = ("reports", "period opened", "frozen", "budget", "form, CPU ms", "budget", "collection, CPU ms")
    return f"""## The reporting cycle

A period of every active project: opened, its form and its collection page (100 rows), and frozen in one transaction.

{_table(head, rows)}

## Past days

Nothing of a past day is kept in the cache: each page is made from the photographs, of any day and of the day of a freeze.

{_table(("projects", "page", "CPU ms, any past day", "CPU ms, the day of a freeze"), past)}"""


def _paths(told: dict[str, Any]) -> str:
    rows = []
    for name, one in told.items():
        timed = (f"{one['seconds']:.0f} s", f"{budgets.PATH_S[name]} s", f"{one['entry_s']} s")
        rows.append((name, *timed, one["interactions"], budgets.PATH_STEPS[name]))
    head = ("path", "opened to submitted", "budget", "entry time the portal counted", "interactions", "budget")
    return f"""## A status report on the three paths

In Chromium, with the pauses of a person as domain.md §7.5 gives them, waited. An interaction is a click, a key or a text; the
click that opens the form is one.

{_table(head, rows)}"""


def _leveling(told: dict[str, Any]) -> str:
    head = ("", "Σ weight · weeks late", "")
    rows = [
        ("best priority rule", f"{told['rule']:.0f}", f"{told['first_cpu_ms']:.0f} ms CPU, budget {budgets.LEVELING_FIRST_MS}"),
        ("10 s", f"{told['short']:.0f}", f"{told['share']:.0%} of what 60 s gain, budget {budgets.LEVELING_SHARE:.0%}"),
        ("60 s", f"{told['long']:.0f}", f"{told['moves']} plans a second"),
        ("proven bound", f"{told['lower']:.0f}", "no plan is better"),
    ]  # fmt: skip
    return f"""## A portfolio levelled

200 projects of 50 activities, 300 people in twelve pools, in weeks; two processors.

{_table(head, rows)}"""


def _capacity(told: Measured) -> str:
    rows = [
        ("everybody, from nothing", f"{told['everything_s']} s", f"{budgets.CAPACITY_S} s"),
        ("everybody, nothing changed", f"{told['again_s']} s", ""),
        ("one changed request, to the stored answer", f"{told['change_ms']} ms", f"{budgets.CAPACITY_CHANGE_MS} ms"),
        *(
            (f"heat map {name}", f"{page['cpu_ms']} ms CPU", f"{budgets.CAPACITY_PAGE_MS} ms CPU")
            for name, page in told["pages"].items()
        ),
        *(
            (f"who fits, {name}", f"{one['cpu_ms']} ms CPU", f"{budgets.WHO_FITS_MS} ms CPU")
            for name, one in told["fits"].items()
        ),
    ]
    return f"""## People and capacity

{_count(told["people"])} people over two years, {_count(told["requests"])} requests with {_count(told["months"])} months, in 1,000
projects; times by the clock, pages in CPU of ours and PostgreSQL.

{_table(("what", "measured", "budget"), rows)}"""


def _comparing(sizes: list[Measured]) -> str:
    rows = [
        (_count(one["size"]), f"{told['cpu_ms']:.0f}", f"{told['ours_ms']:.0f} + {told['postgres_ms']:.0f}", budgets.COMPARING_MS)
        for one in sizes for told in [one["comparing"]]
    ]  # fmt: skip
    return f"""## Two dates compared

The page `/compare/` over all projects when every one of them moved: the totals, and the fifty heaviest in words.

{_table(("projects", "CPU ms", "ours + PostgreSQL", "budget"), rows)}"""


def _files(sizes: list[Measured]) -> str:
    rows = [
        (_count(one["size"]), name.upper(), f"{told['p50']:.0f} / {told['p95']:.0f}", budgets.FILE_MS[name],
         f"{told['kb']:.0f} KB")
        for one in sizes for name, told in one["files"].items()
    ]  # fmt: skip
    return f"""## The flash report as a file

From the project to the bytes, in the process that serves it: facts, assessment, words, and the file.

{_table(("projects", "file", "p50 / p95 ms", "budget", "size"), rows)}"""


def _imports(sizes: list[Measured]) -> str:
    rows = []
    for one in sizes:
        for name, label in (("new", "all new"), ("same", "the same file again"), ("newer", "every tenth row changed")):
            told = one["imports"][name]
            rows.append(
                (
                    _count(one["imports"]["rows"]),
                    label,
                    _count(told["per_second"]),
                    told["cpu_ms"],
                    f"{told['peak_mb']} MB",
                )
            )
    header = ("rows", "file", "rows/s", "our CPU ms per 1,000", "peak of the largest process")
    return f"""## Files in

A CSV of one row per project with French headers, dates and amounts, through `import_portfolio`, from the start of the command to
its end.

{_table(header, rows)}"""


def _exponents(sizes: list[Measured], costs: list[float]) -> str:
    return ", ".join(f"{exponent:+.2f}" for exponent in budgets.exponents(sizes, costs))


def _exponent_of(sizes: list[Measured], what: str, cost: Any) -> str:
    if len(sizes) < 2:
        return ""
    return f"\n\nGrowth exponent of the {what}: {_exponents(sizes, [cost(one) for one in sizes])} (0: linear in the whole)."


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [header, tuple("---" for _cell in header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
