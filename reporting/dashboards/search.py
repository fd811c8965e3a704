"""What the palette finds: projects with their health, portfolios and programmes, people."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.search import Found, Provider, holds, providers
from projects.hierarchy.models import Node
from reporting.health.models import ProjectHealth


def named(plain: str) -> Q:
    """Whatever has these letters in its name, its English name or its code."""
    return holds("name", plain) | holds("name_en", plain) | holds("code", plain)


def projects(user: Any, plain: str, limit: int) -> Iterator[Found]:
    """Projects by code or name, those whose code starts so first."""
    found = ProjectHealth.objects.visible_to(user).filter(named(plain)).order_by("name", "pk")
    for row in found.only("code", "name", "name_en", "computed", "state")[:limit]:
        yield Found(row.label, f"/projects/{row.pk}/", row.code, f"i-{row.computed}", row.computed)


def containers(user: Any, plain: str, limit: int) -> Iterator[Found]:
    found = Node.objects.visible_to(user).filter(named(plain)).order_by("path")
    for row in found[:limit]:
        kind = "portfolios" if row.kind == Node.Kind.PORTFOLIO else "programmes"
        yield Found(row.label, f"/{kind}/{row.code}/", row.code, "layers")


def people(user: Any, plain: str, limit: int) -> Iterator[Found]:
    """Managers of visible projects: the line opens the list of what they manage."""
    rows = ProjectHealth.objects.visible_to(user).filter(holds("manager_name", plain), manager_id__isnull=False)
    found = rows.order_by("manager_name").values_list("manager_id", "manager_name").distinct()
    for pk, name in found[:limit]:
        yield Found(name, f"/projects/?{urlencode({'manager': pk})}", "", "users")


providers.add("projects", Provider(_("Projects"), projects))
providers.add("containers", Provider(_("Portfolios and programmes"), containers))
providers.add("people", Provider(_("People"), people))
