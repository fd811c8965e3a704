"""What a project manager writes in the report of a month: the fields of the form, from what is known and declared. Pure."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from pmo_portal.core.typography import french
from pmo_portal.demo.scenario.declared import Declaration, day_in_words, lower, share_in_words
from pmo_portal.demo.scenario.spec import ProjectSpec, read
from pmo_portal.demo.scenario.timeline import Snapshot, ThreatState

RAG = {"green": "green", "amber_green": "green", "amber": "amber", "red": "red"}
RANK = {"green": 2, "amber": 1, "red": 0}
COMPUTED = ("schedule", "cost", "risk")
LAST_STEP, NOT_SET = ("le bilan", "the review"), ("à fixer", "to be set")
LIMITS = {"comment": 160, "line": 120}
SHORT_OF_PEOPLE, MUCH_ASKED = 0.35, 0.2  # how often an amber project says so


class Pen:
    """How one project writes: its language, its words, its own chance."""

    def __init__(self, spec: ProjectSpec, seed: int, language: str) -> None:
        self.spec, self.seed, self.place = spec, seed, 1 if language == "en" else 0
        self.words = read("reports")

    def fields(self, snapshot: Snapshot, told: Declaration, before: Snapshot | None) -> dict[str, Any]:
        """Every field but those that name rows (milestones, risks) or ask for a decision."""
        rng = Random(f"{self.seed}:{self.spec.code}:{snapshot.month}:words")  # noqa: S311  (a story, not a secret)
        known = self._known(snapshot, told)
        mood = self._mood(snapshot, told)
        written: dict[str, Any] = {
            "declared": told.level,
            "trend": told.trend,
            "key_message": told.message,
            "summary": self._one(self.words["summary"][mood], snapshot.month, known),
            "back_to_green": told.back_to_green,
            **self._dimensions(rng, told, known),
            **self._lines(snapshot, before, rng, known),
        }
        if (told.verdict.cost in ("amber", "red")) and told.percent is not None:
            for name in ("cause", "plan"):
                written[f"exception_{name}"] = self._any(self.words["exception"][name], rng, known)
        if self.spec.story == "watermelon" and mood == "watermelon" and snapshot.month in (-3, -1):
            written["confidential_note"] = self._any(self.words["note"]["watermelon"], rng, known)
        elif RAG[told.level] == "red" and rng.random() < SHORT_OF_PEOPLE:
            written["confidential_note"] = self._any(self.words["note"]["red"], rng, known)
        return written

    def correction(self, told: Declaration, month: int) -> str:
        """What the PMO writes when this report goes back."""
        kind = "gap" if RANK[RAG[told.level]] > RANK.get(told.verdict.computed, 2) else "plain"
        return self._one(self.words["correct"][kind], month, {})

    def mended(self, told: Declaration) -> dict[str, Any]:
        """What the project manager changes when a report came back."""
        if RANK[RAG[told.level]] > RANK.get(told.verdict.computed, 2):
            return {"declared_reason": self._one(self.words["reason"]["corrected"], 0, {})}
        return {
            "summary": self._one(self.words["summary"]["green" if "green" in told.level else "amber"], 1, self.last)
        }

    def stalls(self, month: int) -> bool:
        """Whether nothing new is told any more."""
        return self.spec.stalled is not None and month > self.spec.stalled

    def _mood(self, snapshot: Snapshot, told: Declaration) -> str:
        if self.stalls(snapshot.month):
            return "zombie"
        if self.spec.story == "watermelon" and told.verdict.computed in ("amber", "red"):
            return "watermelon"
        if snapshot.state in ("closed", "closing", "stopped"):
            return "closing" if snapshot.state == "closing" else "closed"
        colour = RAG[told.level]
        if colour != "green":
            over = told.verdict.cost in ("amber", "red") and told.slip <= 0
            return f"{colour}_cost" if over else colour
        return "planning" if snapshot.state in ("initiating", "planning") else "green"

    def _known(self, snapshot: Snapshot, told: Declaration) -> dict[str, str]:
        """What the marks in the texts stand for."""
        english, name = self.place == 1, "name_en" if self.place else "name"
        step = snapshot.next_step
        threats = sorted((one for one in snapshot.threats if one.open), key=_level)
        gravest = threats[-1].threat if threats else None
        title = (gravest.title_en if english else gravest.title) if gravest else ""
        green = day_in_words(told.back_to_green, english=english) if told.back_to_green else ""
        self.last = {
            "step": lower(getattr(step.step, name)) if step else self._in(LAST_STEP),
            "date": day_in_words(step.forecast if step else snapshot.day, english=english),
            "days": str(told.slip),
            "percent": share_in_words(told.percent, english=english),
            "risk": title.rstrip("."),
            "green": green or self._in(NOT_SET),
        }
        return self.last

    def _dimensions(self, rng: Random, told: Declaration, known: Mapping[str, str]) -> dict[str, Any]:
        """The colours as computed, but where the story says otherwise; a word with each that is not green."""
        declared, fields = RAG[told.level], dict[str, Any]()
        melon = self.spec.story == "watermelon" and declared == "green"
        for name in COMPUTED:
            colour = getattr(told.verdict, name)
            if colour not in RANK or colour == "green":
                continue
            if melon:
                reasons = self.words["reason"]["watermelon"]
                fields |= {name: "green", f"{name}_reason": self._any(reasons, rng, known)}
                fields[f"{name}_evidence"] = "assumption"
            else:
                comments = self.words[name][colour]
                fields |= {name: colour, f"{name}_comment": self._any(comments, rng, known)[: LIMITS["comment"]]}
        for name, chance in (("resources", SHORT_OF_PEOPLE), ("scope", MUCH_ASKED)):
            short = declared != "green" and rng.random() < chance
            comment = self._any(self.words[name]["amber"], rng, known) if short else ""
            fields |= {name: "amber" if short else "green", f"{name}_comment": comment}
        if RANK[declared] > RANK.get(told.verdict.computed, 2):
            reasons = self.words["reason"]["watermelon" if melon else "overall"]
            fields |= {"declared_reason": self._any(reasons, rng, known), "declared_evidence": "assumption"}
        return fields

    def _lines(
        self, snapshot: Snapshot, before: Snapshot | None, rng: Random, known: Mapping[str, str]
    ) -> dict[str, Any]:
        """What was achieved in the month, and what comes next."""
        if self.stalls(snapshot.month):
            return {"highlights": [], "next_steps": []}
        state = {"initiating": "planning", "planning": "planning", "executing": "executing"}.get(
            snapshot.state, "closing"
        )
        reached = sum(1 for one in before.steps if one.actual) if before else 0
        name = "name_en" if self.place else "name"
        new = [getattr(one.step, name) for one in snapshot.steps if one.actual][reached:]
        achieved = [*new, *(self._in(text) for text in rng.sample(self.words["highlights"][state], 2))]
        coming = [getattr(one.step, name) for one in snapshot.steps if not one.actual][:1]
        steps = [*coming, *(self._in(text) for text in rng.sample(self.words["next"][state], 2))]
        cut = LIMITS["line"]
        return {"highlights": [one[:cut] for one in achieved][:5], "next_steps": [one[:cut] for one in steps][:5]}

    def _one(self, texts: Sequence[Sequence[str]], turn: int, known: Mapping[str, str]) -> str:
        """The texts in turn: two months running are never the same where there is a choice."""
        return self._in(texts[turn % len(texts)], known)

    def _any(self, texts: Sequence[Sequence[str]], rng: Random, known: Mapping[str, str]) -> str:
        return self._in(rng.choice(texts), known)

    def _in(self, text: Sequence[str], known: Mapping[str, str] | None = None) -> str:
        words = text[self.place].format(**known) if known else text[self.place]
        return words if self.place else french(words)


def _level(threat: ThreatState) -> int:
    likelihood, impact = threat.residual
    return likelihood * impact
