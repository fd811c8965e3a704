"""Units, roles, skills, generic capacity, rate cards: lists and forms."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import tag
from projects.access.policy import EDIT_RESOURCES
from projects.resources import selectors
from projects.resources.forms.people import RateForm
from projects.resources.forms.vocabulary import PoolForm, RoleForm, SkillForm, UnitForm
from projects.resources.models import PooledCapacity, Rate, Role, Skill, Unit
from projects.resources.services import keeping
from projects.resources.views.base import PeopleList, SupplyDelete, SupplyEdit, sees_rates


def linked(noun: str, label: Any, beside: Any = lambda row: "") -> Any:
    """The name of a record: the way to its form for who may change it; `beside` stands after it."""

    def cell(table: Table, row: Any) -> SafeString | str:
        words = label(row)
        user = table.request.user
        if not (user.has_perm(EDIT_RESOURCES) and keeping.keeps(user, row)):
            return format_html('<span class="prj">{} {}</span>', words, beside(row))
        address = reverse(f"projects:{noun}-edit", args=[row.pk])
        return format_html('<span class="prj"><a href="{}">{}</a> {}</span>', address, words, beside(row))

    return cell


def counted(key: str, filter_key: str) -> Any:
    """How many people, with the way to them."""

    def cell(table: Table, row: Any) -> SafeString:
        address = f"{reverse('projects:person-list')}?{filter_key}={row.pk}&presence=here"
        return format_html('<a href="{}">{}</a>', address, formats.number(getattr(row, key)))

    return cell


def a_day(rate: Rate) -> str:
    return formats.money(rate.daily_rate, rate.currency, scale="1", places=2)


def kind_of(table: Table, rate: Rate) -> str:
    return pgettext("people", "role") if rate.role_id else _("person")


class RoleTable(Table):
    key = "profiles"
    caption = pgettext_lazy("people", "Roles")
    default_sort = "name"
    search_fields = ("code", "name", "name_en")
    search_label = gettext_lazy("Name or code")
    columns = (
        Column("name", gettext_lazy("Name"), linked("profile", lambda row: row.label), sort="name", hideable=False, css="fill"),
        Column("code", gettext_lazy("Code"), lambda t, row: row.code, sort="code"),
        Column("people", gettext_lazy("People here today"), counted("count", "role"), sort="count", align="r", phone_label=True),
    )  # fmt: skip
    empty_icon = "users"


class SkillTable(Table):
    key = "skills"
    caption = gettext_lazy("Skills")
    default_sort = "domain,name"
    search_fields = ("code", "name", "name_en", "domain")
    search_label = gettext_lazy("Name, code or domain")
    columns = (
        Column(
            "name",
            gettext_lazy("Name"),
            linked("skill", lambda row: row.label, lambda row: tag(_("critical"), "warn") if row.is_critical else ""),
            sort="name", hideable=False, css="fill",
        ),
        Column("domain", gettext_lazy("Domain"), lambda t, row: row.domain, sort="domain", phone="badge"),
        Column("code", gettext_lazy("Code"), lambda t, row: row.code, sort="code", phone="hide"),
        Column("people", gettext_lazy("People here today"), counted("count", "skill"), sort="count", align="r", phone_label=True),
        Column("experts", gettext_lazy("At level 4 or 5"), lambda t, row: formats.number(row.experts), sort="experts", align="r",
               phone_label=True),
    )  # fmt: skip
    filters = (
        Filter(
            "domain",
            gettext_lazy("Domain"),
            lambda table: [
                (one, one)
                for one in Skill.objects.exclude(domain="")
                .order_by("domain")
                .values_list("domain", flat=True)
                .distinct()
            ],
            "domain",
        ),
    )
    empty_icon = "star"


class PoolTable(Table):
    key = "generic-capacity"
    caption = gettext_lazy("Generic capacity")
    default_sort = "-last"
    search_fields = ("name", "role__name", "unit__name")
    search_label = gettext_lazy("Name, role or unit")
    columns = (
        Column("name", pgettext_lazy("people", "Role"), linked("generic-capacity", lambda row: row.role.label), sort="role__name",
               hideable=False, css="fill"),
        Column("unit", pgettext_lazy("organisation", "Unit"), lambda t, row: row.unit.label if row.unit else "",
               sort="unit__name"),
        Column("what", gettext_lazy("Name"), lambda t, row: row.name, sort="name", phone="hide"),
        Column("fte", gettext_lazy("Full-time equivalents"), lambda t, row: formats.number(row.fte, 1), sort="fte", align="r",
               phone="badge", phone_label=True),
        Column("first", gettext_lazy("First month"), lambda t, row: formats.date(row.first_month, "month"), sort="first_month"),
        Column("last", gettext_lazy("Last month"), lambda t, row: formats.date(row.last_month, "month"), sort="last_month"),
    )  # fmt: skip
    filters = (
        Filter("role", pgettext_lazy("people", "Role"), lambda table: [(str(r.pk), r.label) for r in Role.objects.all()], "role"),
    )  # fmt: skip
    empty_icon = "layers"


class RateTable(Table):
    key = "rates"
    caption = gettext_lazy("Rates")
    default_sort = "of,-from"
    search_fields = ("role__name", "person__name")
    search_label = gettext_lazy("Role or person")
    columns = (
        Column("of", gettext_lazy("Of whom"), linked("rate", lambda row: row.role.label if row.role else row.person.name),
               sort="role__name", hideable=False, css="fill"),
        Column("kind", gettext_lazy("Kind"), kind_of, phone="badge"),
        Column("from", gettext_lazy("From"), lambda t, row: formats.date(row.starts_on), sort="starts_on"),
        Column("rate", gettext_lazy("Daily rate"), lambda t, row: a_day(row),
               sort="daily_rate", align="r"),
    )  # fmt: skip
    empty_icon = "wallet"


class UnitList(PeopleList):
    """The tree: each unit below what it is a part of, with how many people it has."""

    here = "units"
    of_units = True
    template = "projects/resources/unit_list.html"
    fragment = ""

    def context(self, **extra: Any) -> dict[str, Any]:
        branches = selectors.tree_of_units(timezone.localdate())
        mine = {one.unit.pk for one in branches if keeping.keeps(self.user, one.unit)}
        return super().context(branches=branches, mine=mine, **extra)


class ProfileList(PeopleList):
    here = "profiles"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = RoleTable(self.request)
        table.load(selectors.roles_with_counts(timezone.localdate()))
        return super().context(
            table=table,
            heading=pgettext_lazy("people", "Roles"),
            lead=_("What people are on projects. Whoever plans asks for a role before a name."),
            create_url=reverse("projects:profile-create"),
            create=_("New role"),
            **extra,
        )


class SkillList(PeopleList):
    here = "skills"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = SkillTable(self.request)
        table.load(selectors.skills_with_counts(timezone.localdate()))
        return super().context(
            table=table,
            heading=_("Skills"),
            lead=_("What people can do, at a level of 1 (beginner) to 5 (expert)."),
            create_url=reverse("projects:skill-create"),
            create=_("New skill"),
            **extra,
        )


class PoolList(PeopleList):
    here = "pools"
    of_units = True

    def context(self, **extra: Any) -> dict[str, Any]:
        table = PoolTable(self.request)
        table.load(PooledCapacity.objects.select_related("role", "unit"))
        return super().context(
            table=table,
            heading=_("Generic capacity"),
            lead=_("Capacity of a role without names: a team of a supplier, recruitments to come. Several add up."),
            create_url=reverse("projects:generic-capacity-create"),
            create=_("New generic capacity"),
            **extra,
        )


class RateList(PeopleList):
    """The rate cards: for who sees rates, finance included, who looks nobody up otherwise: whose rate it is belongs to a rate."""

    here = "rates"
    model = Rate

    def check_right(self, target: Any = None) -> None:
        if not sees_rates(self.user):
            raise PermissionDenied

    def context(self, **extra: Any) -> dict[str, Any]:
        table = RateTable(self.request)
        table.load(Rate.objects.select_related("role", "person"))
        return super().context(
            table=table,
            heading=_("Rates"),
            lead=_("What a day costs from a day on: of a role, or of a person, whose own rate comes first."),
            **extra,
        )


class UnitEdit(SupplyEdit):
    model, form_class, noun, back = Unit, UnitForm, "unit", "projects:unit-list"
    title = pgettext_lazy("organisation", "Unit")


class UnitDelete(SupplyDelete):
    model, back, title = Unit, "projects:unit-list", gettext_lazy("Delete the unit")


class ProfileEdit(SupplyEdit):
    model, form_class, noun, back = Role, RoleForm, "profile", "projects:profile-list"
    title = pgettext_lazy("people", "Role")

    def context(self, **extra: Any) -> dict[str, Any]:
        rate_url = reverse("projects:profile-rate-create", args=[self.object.pk]) if self.object else ""
        return super().context(rate_url=rate_url, **extra)


class ProfileDelete(SupplyDelete):
    model, back, title = Role, "projects:profile-list", gettext_lazy("Delete the role")


class SkillEdit(SupplyEdit):
    model, form_class, noun, back = Skill, SkillForm, "skill", "projects:skill-list"
    title = gettext_lazy("Skill")


class SkillDelete(SupplyDelete):
    model, back, title = Skill, "projects:skill-list", gettext_lazy("Delete the skill")


class PoolEdit(SupplyEdit):
    model, form_class, noun, back = PooledCapacity, PoolForm, "generic-capacity", "projects:generic-capacity-list"
    title = gettext_lazy("Generic capacity")


class PoolDelete(SupplyDelete):
    model, back, title = PooledCapacity, "projects:generic-capacity-list", gettext_lazy("Delete the generic capacity")


class RateOfRole(SupplyEdit):
    """A rate of anybody of a role, from its card."""

    model, form_class, noun, back = Rate, RateForm, "rate", "projects:rate-list"
    title = gettext_lazy("Rate of a role")

    def get_target(self) -> None:
        self.role = get_object_or_404(Role, pk=self.kwargs["pk"])

    def owner(self) -> dict[str, Model]:
        return {"role": self.role}

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(person=self.role, **extra)
