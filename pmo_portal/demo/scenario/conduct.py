"""When each project manager reports, and how: on time, late, not at all, sent back. Pure, the same for the same seed."""

from dataclasses import dataclass
from random import Random

from pmo_portal.demo.scenario.declared import Declaration
from pmo_portal.demo.scenario.spec import ProjectSpec

TARDY = frozenset({"Marc Olivier", "Hugo Perrin"})
ON_TIME, LATE = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2), (3, 4)  # working days after the end of the month
# Not reported, late; for the two who are known for it, and for everybody else.
OFTEN, SELDOM = (0.10, 0.25), (0.02, 0.06)
RENEWED, SENT_BACK, MENDED = 0.3, 0.05, 0.85
MOST_RENEWALS = 2
TIMED = (
    -8
)  # the month from which the PMO validates one by one and reports are written in two goes: the rest is long ago
# The period of today, which is still collected: submitted, begun, and of what was submitted validated.
SUBMITTED, BEGUN, VALIDATED = 0.6, 0.7, 0.4
NOT_YET = {"TRF-01": "draft", "TRF-03": "none"}  # of the project manager who can sign in: something is left to do
CHALLENGED = frozenset({-5, -2, 0})  # the months in which the PMO does not let a watermelon pass


@dataclass(frozen=True, slots=True)
class Conduct:
    """One report: `day` working days after the end of the month; `way` is none, draft, renew or written.

    `sent_back` says that the PMO asks for a correction, `mended` that it comes; the others are `validated`, sooner or later.
    `pauses` are the seconds between its parts.
    """

    way: str
    day: int = 0
    sent_back: bool = False
    mended: bool = True
    validated: bool = True
    pauses: tuple[int, int] = (0, 0)


def conduct(spec: ProjectSpec, month: int, told: Declaration, *, unchanged: bool, seed: int) -> Conduct:
    """What becomes of this month's report. `unchanged`: green as the month before, nothing new to tell."""
    rng = Random(f"{seed}:{spec.code}:{month}:report")  # noqa: S311  (a story, not a secret)
    telling = any(when == month for when, _text in spec.says) or bool(spec.stop and spec.stop[0] == month)
    missed, late = OFTEN if spec.manager in TARDY else SELDOM
    chance, pauses = rng.random(), (rng.randrange(18, 58), rng.randrange(12, 59))
    if month < TIMED:
        pauses = (0, pauses[1])
    day = rng.choice(LATE if missed <= chance < missed + late else ON_TIME)
    steady = telling or spec.story in ("watermelon", "zombie")
    if not month:
        return _today(spec, rng, telling=telling, pauses=pauses)
    if not steady and chance < missed:
        return Conduct("none")
    day = rng.choice(ON_TIME) if steady else day
    if unchanged and not telling and rng.random() < RENEWED:
        return Conduct("renew", day, validated=month >= TIMED)
    back = day <= max(ON_TIME) and (
        month in CHALLENGED
        if spec.story == "watermelon" and told.verdict.computed != "green"
        else rng.random() < SENT_BACK
    )
    mended = rng.random() < MENDED
    return Conduct("written", day, sent_back=back, mended=mended, validated=month >= TIMED, pauses=pauses)


def _today(spec: ProjectSpec, rng: Random, *, telling: bool, pauses: tuple[int, int]) -> Conduct:
    if spec.code in NOT_YET:
        return Conduct(NOT_YET[spec.code], pauses=pauses)
    chance = rng.random()
    if telling or chance < SUBMITTED:
        back = spec.story == "watermelon" and spec.code.startswith("SOC")
        return Conduct("written", sent_back=back, mended=False, validated=rng.random() < VALIDATED, pauses=pauses)
    return Conduct("draft" if chance < BEGUN else "none", pauses=pauses)


def same_green(told: Declaration, before: Declaration) -> bool:
    """Green as the month before, by the rules as well: there may be nothing to report."""
    return told.level == before.level and told.level.endswith("green") and told.verdict.computed == "green"
