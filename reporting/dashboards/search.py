"""What the palette finds: projects with their health, portfolios and programmes, people."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.search import Found, Provider, folded, providers
from projects.hierarchy.models import Node
from reporting.health.models import ProjectHealth


def projects(user: Any, plain: str, limit: int) -> Iterator[Found]:
    """Projects by code or name, those whose code starts so first."""
    rows = ProjectHealth.objects.visible_to(user).alias(a=folded("name"), b=folded("name_en"), c=folded("code"))
    found = rows.filter(Q(a__contains=plain) | Q(b__contains=plain) | Q(c__contains=plain)).order_by("name", "pk")
    for row in found.only("code", "name", "name_en", "computed", "state")[:limit]:
        yield Found(row.label, f"/projects/{row.pk}/", row.code, f"i-{row.computed}", row.computed)


def containers(user: Any, plain: str, limit: int) -> Iterator[Found]:
    rows = Node.objects.visible_to(user).alias(a=folded("name"), b=folded("name_en"), c=folded("code"))
    found = rows.filter(Q(a__contains=plain) | Q(b__contains=plain) | Q(c__contains=plain)).order_by("path")
    for row in found[:limit]:
        kind = "portfolios" if row.kind == Node.Kind.PORTFOLIO else "programmes"
        yield Found(row.label, f"/{kind}/{row.code}/", row.code, "layers")


def people(user: Any, plain: str, limit: int) -> Iterator[Found]:
    """Managers of visible projects: the line opens the list of what they manage."""
    rows = ProjectHealth.objects.visible_to(user).filter(manager_id__isnull=False).alias(a=folded("manager_name"))
    found = rows.filter(a__contains=plain).order_by("manager_name").values_list("manager_id", "manager_name").distinct()
    for pk, name in found[:limit]:
        yield Found(name, f"/projects/?{urlencode({'manager': pk})}", "", "users")


providers.add("projects", Provider(_("Projects"), projects))
providers.add("containers", Provider(_("Portfolios and programmes"), containers))
providers.add("people", Provider(_("People"), people))
