"""The scenario as written in the TOML files beside this module: who, what, and the story of each project.

Months count from the current one (0; −1 is last month), money in thousands of euros, slips in days, drifts in % of budget.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pmo_portal.core.typography import french

HERE = Path(__file__).parent
FILES = ("trf", "soc", "reg")
Event = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone of a kind of project: where it lies in the baseline (0–1) and what it is called."""

    part: float
    key: bool
    name: str
    name_en: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """The milestones of a kind of project; reaching step `build` starts execution, reaching step `live` starts closing."""

    steps: tuple[Step, ...]
    build: int
    live: int


@dataclass(frozen=True, slots=True)
class Threat:
    """A risk of a project: levels as (likelihood, impact), raised to `raised` from month `since` until month `until`."""

    key: str
    title: str
    title_en: str
    description: str
    inherent: tuple[int, int]
    residual: tuple[int, int]
    response: str
    note: str
    since: int | None
    until: int | None
    raised: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ProjectSpec:
    """One project and its story. From month `stalled` on nothing advances, after `silent_after` nothing is heard any more."""

    code: str
    name: str
    name_en: str
    programme: str
    manager: str
    sponsor: str
    template: Template
    start: int
    months: int
    size: str
    mode: str
    investment_class: str
    category: str
    capex: int
    opex: int
    threats: tuple[Threat, ...]
    must_win: bool
    priority: int | None
    confidential: bool
    unplanned: bool
    story: str
    silent_after: int | None
    stalled: int | None
    english: bool
    hold: tuple[int, int] | None
    stop: tuple[int, str] | None
    raised: tuple[int, int] | None
    slips: tuple[tuple[int, int, int], ...]
    drifts: tuple[tuple[int, float], ...]
    says: tuple[tuple[int, str], ...]
    declares: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PortfolioSpec:
    """A sub-portfolio with its programmes as (code, name, English name, manager)."""

    code: str
    name: str
    name_en: str
    description: str
    manager: str
    programmes: tuple[tuple[str, str, str, str], ...]
    projects: tuple[ProjectSpec, ...]


def portfolios() -> tuple[PortfolioSpec, ...]:
    """The three sub-portfolios."""
    return tuple(_portfolio(read(name)) for name in FILES)


def people() -> dict[str, list[str]]:
    """Names by role."""
    return read("people")


def messages(language: str = "fr") -> dict[str, list[str]]:
    """Key messages by situation, in the language the demo is built in: a message is written once, by its project manager."""
    if language == "en":
        return {situation: texts for situation, texts in read("messages_en").items() if situation != "stories"}
    return {situation: [french(text) for text in texts] for situation, texts in read("messages").items()}


def told_in_english(project: ProjectSpec) -> ProjectSpec:
    """The same story with its sentences in English."""
    texts = list(read("messages_en")["stories"].get(project.code, ()))
    stop = (project.stop[0], texts.pop()) if project.stop else None
    says = tuple((month, text) for (month, _french), text in zip(project.says, texts, strict=True))
    return replace(project, says=says, stop=stop)


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def _sentences(told: Any) -> tuple[Any, ...]:
    return tuple((month, french(text)) for month, text in told)


def _portfolio(content: dict[str, Any]) -> PortfolioSpec:
    head = content["portfolio"]
    kinds = {kind: _template(entry) for kind, entry in read("milestones").items()}
    threats = read("risks")
    programmes = tuple((code, name, name_en, manager) for code, name, name_en, manager in head.pop("programmes"))
    projects = tuple(_project(entry, kinds, threats) for entry in content["project"])
    return PortfolioSpec(**head, programmes=programmes, projects=projects)


def _template(entry: dict[str, Any]) -> Template:
    return Template(tuple(Step(*step) for step in entry["steps"]), entry["build"], entry["live"])


def _project(entry: dict[str, Any], kinds: dict[str, Template], threats: dict[str, Any]) -> ProjectSpec:
    kind, start, months, size, mode, investment_class, category = entry["plan"]
    manager, sponsor = entry["people"]
    capex, opex = entry["money"]
    return ProjectSpec(
        code=entry["code"],
        name=entry["name"],
        name_en=entry["name_en"],
        programme=entry["programme"],
        manager=manager,
        sponsor=sponsor,
        template=kinds[kind],
        start=start,
        months=months,
        size=size,
        mode=mode,
        investment_class=investment_class,
        category=category,
        capex=capex,
        opex=opex,
        threats=tuple(_threat(one, threats) for one in entry["risks"]),
        must_win=entry.get("must_win", False),
        priority=entry.get("priority"),
        confidential=entry.get("confidential", False),
        unplanned=entry.get("unplanned", False),
        story=entry.get("story", ""),
        silent_after=entry.get("silent_after"),
        stalled=entry.get("stalled"),
        english=entry.get("english", False),
        hold=tuple(entry["hold"]) if "hold" in entry else None,
        stop=_sentences([entry["stop"]])[0] if "stop" in entry else None,
        raised=tuple(entry["raised"]) if "raised" in entry else None,
        slips=tuple((month, step, days) for month, step, days in entry.get("slips", ())),
        drifts=tuple((month, percent) for month, percent in entry.get("drifts", ())),
        says=_sentences(entry.get("says", ())),
        declares=tuple((month, level) for month, level in entry.get("declares", ())),
    )


def _threat(one: str | dict[str, Any], catalogue: dict[str, Any]) -> Threat:
    told: dict[str, Any] = {"key": one} if isinstance(one, str) else one
    entry = catalogue[told["key"]]
    residual = tuple(entry["residual"])
    return Threat(
        key=told["key"],
        title=french(entry["title"]),
        title_en=entry["title_en"],
        description=french(entry["description"]),
        inherent=tuple(entry["inherent"]),
        residual=residual,
        response=entry["response"],
        note=french(entry["note"]),
        since=told.get("from"),
        until=told.get("to"),
        raised=tuple(told.get("residual", residual)),
    )
