"""The page of figures: growth between sizes and ratios to the raw limit are computed from what was measured."""

from typing import Any

from benchmarks import budgets, report


def measured(size: int, page_ms: float, per_second: int) -> dict[str, Any]:
    run = {"per_second": per_second, "ours_ms": 100.0, "postgres_ms": 50.0, "peak_mb": 120.0}
    page = {
        "cpu_ms": page_ms,
        "changed_cpu_ms": page_ms,
        "fresh_cpu_ms": page_ms,
        "sql": 4,
        "changed_sql": 9,
        "p50": 20,
        "p95": 30,
        "p50_crowd": 90,
    }
    page |= {"p95_crowd": 120, "bytes": 100_000, "sent": 100_000, "packed": 15_000, "limit_ms": 4.0}
    return {
        "size": size,
        "machine": "2 cores",
        "load": 0.5,
        "generate": {"migrate_seconds": 2, "seconds": 3, "peak_mb": 90, "data_mb": 100},
        "health": {"changed": run, "same": run, "limit": {**run, "ours_ms": 70.0}},
        "change": {"count": 40, "p50": 30, "p95": 50, "longest": 80, "at_night": 300},
        "pages": {"portfolio page": page},
        "memory": {"rss": 300.0, "pss": 240.0},
        "worker": {"rss": 200.0, "pss": 120.0},
        "imports": {
            "rows": size,
            **{name: {"per_second": 900, "cpu_ms": 700, "peak_mb": 150} for name in ("new", "same", "newer")},
        },
    }


def test_growth_and_ratios() -> None:
    text = report.render([measured(1000, 20.0, 6000), measured(10_000, 40.0, 3000)])
    assert "| portfolio page | +0.30 | +0.30 |" in text  # twice the cost at ten times the size
    assert "Growth exponent of the time per project: +0.30" in text
    assert "10.0× of 4.0 ms" in text
    assert "| 10,000 | everything changed | 3,000 | 100 | 50 | 120 MB | 1.2× |" in text


def test_one_size_has_no_growth_and_a_part_can_be_left_out() -> None:
    one = measured(1000, 20.0, 6000)
    del one["health"], one["change"]
    text = report.render([one])
    assert "Health of every project" not in text
    assert "one size only" in text


def test_what_is_not_kept_is_said_first() -> None:
    slow = measured(10_000, 70.0, 3000)
    slow["change"]["at_night"] = 13_000
    slow["pages"]["portfolio page"] |= {"bytes": 325_000, "sent": 325_000, "sql": 8, "p95": 90}
    assert budgets.missed([slow]) == [
        "Health of 10,000 projects, everything changed: 3,000 projects/s, budget 5,000.",
        "One change among 10,000 projects while all are recomputed: 13,000 ms, budget 1000 ms.",
        "Portfolio page, 10,000 projects: 70 ms CPU, budget 60.",
        "Portfolio page, 10,000 projects: 70 ms CPU after a change, budget 60.",
        "Portfolio page, 10,000 projects: 70 ms CPU with an empty cache, budget 60.",
        "Portfolio page, 10,000 projects: p95 90 ms with one client, budget 60.",
        "Portfolio page, 10,000 projects: 8 SQL statements, budget 6.",
        "Portfolio page, 10,000 projects: 17.5× the raw limit, goal 9×.",
        "Portfolio page, 10,000 projects: 325 kB, budget 120.",
        "Portfolio page, 10,000 projects: 325 kB sent to a browser that accepts compression, budget 20.",
    ]
    text = report.render([slow])
    assert text.index("Budgets not kept") < text.index("## Pages")


def test_a_kept_budget_is_not_named() -> None:
    kept = measured(10_000, 20.0, 6000)
    kept["pages"]["portfolio page"] |= {"sent": 15_000}
    assert budgets.missed([kept]) == []


def test_growth_beyond_its_budget_is_named() -> None:
    sizes = [measured(1000, 10.0, 6000), measured(10_000, 30.0, 6000)]
    for one in sizes:
        one["pages"]["portfolio page"] |= {"sent": 15_000}
    assert budgets.missed(sizes) == [
        "Portfolio page: growth +0.48 up to 10,000 projects, budget 0.30.",
        "Portfolio page after a change: growth +0.48 up to 10,000 projects, budget 0.30.",
        "Portfolio page with an empty cache: growth +0.48 up to 10,000 projects, budget 0.30.",
    ]
