"""Memberships: who has which role, where and until when; delegations, by which someone lends theirs."""

import json
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.functions import JSONObject, Now
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from projects.hierarchy.models import Node, Project


def in_force(prefix: str = "") -> Q:
    """Rows whose time has come and is not over, by the clock of the database: what has ended needs no job to end it."""
    begun, ended = f"{prefix}valid_from", f"{prefix}valid_until"
    return (Q(**{f"{begun}__isnull": True}) | Q(**{f"{begun}__lte": Now()})) & (
        Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": Now()})
    )


LONGEST_EMERGENCY = timedelta(minutes=60)


class LimitedQuerySet(models.QuerySet[Any]):
    """Rows that hold for a time."""

    def in_force(self) -> Self:
        return self.filter(in_force())


class MembershipQuerySet(LimitedQuerySet):
    def granted(self, lender: Any) -> Any:
        """Each membership as the rights need it (`projects.hierarchy.visibility.Access`); `lender` says whose it is when lent."""
        row = JSONObject(
            role="role", node="node_id", path="node__path", project="project_id", home="project__path",
            confidentiality="project__confidentiality", lender=lender, source="source", until="valid_until",
            unit="unit_id",
        )  # fmt: skip
        return self.in_force().order_by().values(row=row)

    def own(self, user: Any) -> Any:
        return self.filter(user=user).granted(Value(None, output_field=models.BigIntegerField()))

    def borrowed(self, user: Any) -> Any:
        """The memberships lent to this user today by people who can still sign in."""
        lent = Q(in_force("delegations__"), delegations__delegate=user, user__is_active=True)
        return self.filter(lent).granted(F("user_id"))

    def granted_to(self, user: Any) -> list[dict[str, Any]]:
        """All that counts for one user now, in one statement."""
        sql, given = granted_statement()
        with connection.cursor() as cursor:
            cursor.execute(sql, [user if value == WHOEVER else value for value in given])
            return [json.loads(row) for (row,) in cursor.fetchall()]


WHOEVER = -1  # stands for the id of a user in a statement that is built once


@cache
def granted_statement() -> tuple[str, tuple[Any, ...]]:
    """What somebody was granted, their own and what is lent to them: the same statement for everybody, at any moment."""
    rows = Membership.objects
    return rows.own(WHOEVER).union(rows.borrowed(WHOEVER), all=True).query.sql_with_params()


@vocabulary.kept
class Membership(models.Model):
    """A role over the whole organisation (no node, no project), over a subtree, or on one project.

    `unit`: a resource manager who answers for the people of this unit and of those below it alone.
    """

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        PMO = "pmo", _("PMO")
        EXECUTIVE = "executive", _("Executive")
        COMMITTEE_MEMBER = "committee_member", _("Committee member")
        SPONSOR = "sponsor", _("Sponsor")
        PORTFOLIO_MANAGER = "portfolio_manager", _("Portfolio manager")
        PROJECT_MANAGER = "project_manager", _("Project manager")
        RESOURCE_MANAGER = "resource_manager", _("Resource manager")
        FINANCE = "finance", _("Finance")
        ASSURANCE = "assurance", _("Assurance")
        CONTRIBUTOR = "contributor", _("Contributor")
        VIEWER = "viewer", _("Viewer")
        SERVICE_ACCOUNT = "service_account", _("Service account")

    class Source(models.TextChoices):
        HAND = "", _("given by someone")
        SSO = "sso", _("given by a group of the sign-in service")
        EMERGENCY = "emergency", _("emergency access")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    node = models.ForeignKey(
        Node,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("portfolio or programme"),
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name=_("project")
    )
    unit = models.ForeignKey(  # protected: without it the role would reach everybody
        "projects.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("people of the unit"),
    )
    source = models.CharField(_("source"), max_length=9, choices=Source, blank=True, default=Source.HAND)
    valid_from = models.DateTimeField(_("from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()
    record = Record(label=("user__username", "role"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(node__isnull=True) | Q(project__isnull=True), name="membership_has_one_scope"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "node", "project", "unit"],
                nulls_distinct=False,
                condition=~Q(source="emergency"),
                name="membership_given_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="membership_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(role="resource_manager"), name="membership_unit_of_resource_managers"
            ),
            models.CheckConstraint(
                condition=~Q(role="administrator") | Q(node__isnull=True, project__isnull=True),
                name="membership_administrator_everywhere",
            ),
            models.CheckConstraint(
                condition=~Q(source="emergency") | (Q(valid_until__isnull=False) & ~Q(reason="")),
                name="membership_emergency_ends_and_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(source="emergency")
                | Q(role="viewer", valid_from__isnull=False, valid_until__lte=F("valid_from") + LONGEST_EMERGENCY),
                name="membership_emergency_looks_for_an_hour",
            ),
        ]

    def __str__(self) -> str:
        place = self.project or self.node or _("Whole organisation")
        words = f"{self.user.label} · {self.get_role_display()} · {place}"
        return f"{words} · {self.unit}" if self.unit else words


class DelegationQuerySet(LimitedQuerySet):
    def standing(self, user: Any) -> Any:
        """Who stands in for whom today, on either side of this user, as their pages say it."""
        people = {
            f"{side}_{name}": f"{path}__{name}"
            for side, path in (("lender", "membership__user"), ("delegate", "delegate"))
            for name in ("id", "first_name", "last_name", "username")
        }
        sides = Q(delegate=user) | Q(membership__user=user)
        rows = self.in_force().filter(sides, membership__user__is_active=True, delegate__is_active=True).order_by()
        return rows.values(row=JSONObject(until="valid_until", **people))


class Delegation(models.Model):
    """One of somebody's memberships, lent to someone else for a while: what they do with it is told as done for the lender.

    Only an own membership can be lent, so a delegation is never passed on.
    """

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("role")
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="delegations_held",
        verbose_name=_("delegate"),
    )
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = DelegationQuerySet.as_manager()
    record = Record(label=("membership__user__username", "delegate__username"), project="membership__project")

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="delegation_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} → {self.delegate.label}"


class NoticeQuerySet(models.QuerySet[Any]):
    def unseen(self, user: Any) -> Any:
        """The newest three that this user has not put away, as their pages say them."""
        rows = self.filter(user=user, seen_at=None).order_by("-pk")[:3]
        return rows.values(row=JSONObject(id="id", kind="kind", at="at", told="told"))


@vocabulary.kept
class Notice(models.Model):
    """Something done with somebody's data or account that they must be told; it stays on their pages until they put it away."""

    class Kind(models.TextChoices):
        VIEWED_AS = "viewed_as", _("an administrator looked at the portal as you")
        EMERGENCY = "emergency", _("an administrator opened an emergency access")
        MFA_RESET = "mfa_reset", _("your second factor was removed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    at = models.DateTimeField(auto_now_add=True)
    told = models.JSONField(default=dict)  # by: who; why; place: the project or portfolio; until: ISO
    seen_at = models.DateTimeField(null=True)
    not_recorded = "What it tells is an event of its own; that it was read is nobody's business."

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user"], condition=Q(seen_at__isnull=True), name="notice_unseen"),
        ]
