"""What the palette finds: projects with their health, portfolios and programmes, people."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.search import Found, Provider, providers, words_in
from projects.hierarchy.models import Node
from reporting.dashboards.selectors.people import known_to, roles_in_words
from reporting.health.models import ProjectHealth


def named(plain: str) -> Q:
    """Whatever has each of these words, in any order, in its name, its English name or its code."""
    return words_in(plain, "name", "name_en", "code")


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
    """Whoever has a role on something the user sees: the line says which, and opens the list of what concerns them."""
    found = list(known_to(user).filter(words_in(plain.replace("-", " "), "name")).order_by("name", "pk")[:limit])
    roles = roles_in_words(user, [one.pk for one in found]) if found else {}
    for one in found:
        yield Found(
            one.name, f"/projects/?{urlencode({'person': one.pk})}", capfirst(", ".join(roles[one.pk])), "users"
        )


providers.add("projects", Provider(_("Projects"), projects))
providers.add("containers", Provider(_("Portfolios and programmes"), containers))
providers.add("people", Provider(_("People"), people))
