"""What was proposed to the owner of what should give way, and what they said (docs/decisions/0222).

A proposal changes nothing by itself: `steps` hold what accepting it would do, with the versions of what it was computed from.
"""

from typing import Any, ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped, User
from projects.access.policy import EDIT_RESOURCES, allowed
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from projects.resources.models import Role, Skill, Unit


class LevelingQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """One's own: it was computed from what its author sees."""
        return self.filter(asked_by=Access.of(user).user_id)


@vocabulary.kept
class Leveling(models.Model):
    """A portfolio levelled: what is asked, how far it is, and the plan. It moves nothing; what is proposed of it may."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("levelling", "Waiting")
        RUNNING = "running", pgettext_lazy("levelling", "Computing")
        DONE = "done", pgettext_lazy("levelling", "Done")
        CANCELLED = "cancelled", pgettext_lazy("levelling", "Cancelled")
        FAILED = "failed", pgettext_lazy("levelling", "Failed")

    not_recorded: ClassVar[str] = (
        "A computation of one person, which can be made again; what is proposed of it is recorded."
    )
    OPEN: ClassVar[tuple[str, ...]] = (State.WAITING, State.RUNNING)

    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    node = models.ForeignKey(
        Node,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("portfolio or programme"),
    )
    seed = models.PositiveIntegerField(_("seed"), default=1)
    moves = models.PositiveIntegerField(_("moves"), default=5000)
    hold_must_wins = models.BooleanField(_("must-wins stay where they are"), default=True)
    held = models.JSONField(_("projects that stay where they are"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    share = models.FloatField(default=0)
    rule = models.CharField(max_length=40, blank=True)
    rule_cost = models.FloatField(null=True)
    cost = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=300, blank=True)

    objects = LevelingQuerySet.as_manager()

    class Meta:
        verbose_name = _("levelling")
        verbose_name_plural = _("levellings")
        ordering = ("-asked_at", "-pk")

    @property
    def gap(self) -> float | None:
        """By how much, in per cent of its cost, the plan could at most be better; 0 when it is proven best."""
        if self.cost is None or self.lower is None:
            return None
        return 100 * (self.cost - self.lower) / self.cost if self.cost > 0 else 0.0

    @property
    def won(self) -> float | None:
        """By how much, in per cent, the plan is better than that of the rule it starts from."""
        if self.cost is None or not self.rule_cost:
            return None
        return 100 * (self.rule_cost - self.cost) / self.rule_cost


class ProposalQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Those of visible projects; what is of no project, to who proposed it and to who keeps resources."""
        access = Access.of(user)
        apart = Q(project__isnull=True)
        if not allowed(user, EDIT_RESOURCES, None):
            apart &= Q(proposed_by=access.user_id)
        return self.filter((Q(project__isnull=False) & access.projects("project")) | apart)

    def with_names(self) -> Self:
        """What the role, unit, skill or levelled scope is called in both languages: who proposes and who answers may speak
        different ones."""
        return self.annotate(scope_now=_scope()).annotate(name_now=_now("name"), english_now=_now("name_en"))


LEVELLED = Q(steps__levelling=True) | Q(run__isnull=False)
EVERYTHING, UNKNOWN = 0, -1  # the scope of a levelling: all projects; one that was not kept
NONE: dict[str, Promise] = {"role": pgettext_lazy("rows", "No role"), "unit": pgettext_lazy("rows", "No unit")}


def _scope() -> models.Case:
    """The id of the portfolio or programme that was levelled; null for what comes from no levelling."""
    known = Q(steps__has_key="scope") | Q(run__isnull=False)
    whole = models.Case(models.When(known, then=models.Value(EVERYTHING)), default=models.Value(UNKNOWN))
    number: models.Field[Any, Any] = models.BigIntegerField()
    kept = Coalesce(Cast(KT("steps__scope"), number), models.F("run__node_id"), whole, output_field=number)
    return models.Case(models.When(LEVELLED, then=kept), default=None, output_field=number)


def _now(column: str) -> models.Case:
    kinds: dict[str, type[Role | Unit | Skill]] = {"role": Role, "unit": Unit, "skill": Skill}
    named = [
        models.When(rows=kind, then=models.Subquery(of.objects.filter(pk=models.OuterRef("ref")).values(column)))
        for kind, of in kinds.items()
    ]
    scope = models.Subquery(Node.objects.filter(pk=models.OuterRef("scope_now")).values(column))
    return models.Case(models.When(LEVELLED, then=scope), *named, default=None, output_field=models.CharField())


@vocabulary.kept
class Proposal(Stamped):
    """`proposed → accepted`, `refused`, `withdrawn` by who made it, or `outdated`: what it comes from changed meanwhile."""

    class Kind(models.TextChoices):
        FLOAT = "float", pgettext_lazy("what gives way", "Shift within the float")
        SWAP = "swap", pgettext_lazy("what gives way", "Somebody else")
        REINFORCE = "reinforce", pgettext_lazy("what gives way", "Reinforce")
        SHIFT = "shift", pgettext_lazy("what gives way", "Shift the project")
        REDUCE = "reduce", pgettext_lazy("what gives way", "Ask for less")
        STOP = "stop", pgettext_lazy("what gives way", "Stop the project")

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("proposal", "Waiting")
        ACCEPTED = "accepted", pgettext_lazy("proposal", "Accepted")
        REFUSED = "refused", pgettext_lazy("proposal", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")
        OUTDATED = "outdated", pgettext_lazy("proposal", "Outdated")

    class Rows(models.TextChoices):
        ROLE = "role", pgettext_lazy("people", "role")
        UNIT = "unit", pgettext_lazy("organisation", "unit")
        SKILL = "skill", _("skill")
        PERSON = "person", _("person")

    kind = models.CharField(_("what gives way"), max_length=9, choices=Kind)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PROPOSED)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="relief", verbose_name=_("project")
    )
    run = models.ForeignKey(Leveling, on_delete=models.SET_NULL, null=True, blank=True, related_name="proposals")
    rows = models.CharField(_("short of"), max_length=6, choices=Rows)
    ref = models.BigIntegerField(_("which one"))  # id of the role, unit, skill or person; 0: of none
    subject = models.CharField(_("name of what is short"), max_length=200)  # as it was called then
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    days = models.DecimalField(_("days freed"), max_digits=8, decimal_places=1, validators=[MinValueValidator(0)])
    weeks = models.PositiveSmallIntegerField(_("weeks later"), default=0)
    price = models.DecimalField(
        _("price"), max_digits=9, decimal_places=1, default=0, validators=[MinValueValidator(0)]
    )
    steps = models.JSONField(_("what accepting does"), default=dict)
    note = models.TextField(_("why"), max_length=2000, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)

    objects = ProposalQuerySet.as_manager()
    record = Record(label=("subject", "project__name"), inside=True, without=("steps", "run"))

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ("-proposed_at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "proposed_at"], name="proposal_waiting"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind="reinforce") | Q(project__isnull=False), name="proposal_is_of_a_project"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "outdated"))
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="proposal_answer_has_its_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.project or self.subject}"

    @property
    def short_of(self) -> str:
        """What is short, in the reader's language where `with_names` read both."""
        if not hasattr(self, "scope_now"):
            return self.subject
        return short_of(self.subject, self.rows, self.ref, self.scope_now, self.name_now, self.english_now)  # type: ignore[attr-defined]


def short_of(subject: str, rows: str, ref: int, scope: int | None, name: str | None, english: str | None) -> str:
    """What is short from what it is about (`with_names`); as it was called then once it was renamed or is gone."""
    here = english if english and get_language() == "en" else name
    if scope is not None:
        here = gettext("all projects") if scope == EVERYTHING else here
        return gettext("Levelling: %(scope)s") % {"scope": here} if here else subject
    if not ref:
        return str(NONE.get(rows, subject))
    return here if here and subject in (name, english) else subject
