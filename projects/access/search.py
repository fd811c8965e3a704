"""What the palette finds of accounts: only for whoever gives rights, and only those they manage."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.models import User
from pmo_portal.core.search import Found, Provider, providers, words_in
from projects.access.policy import MANAGE_ACCOUNTS, MANAGE_MEMBERS, allowed, allowed_everywhere
from projects.access.selectors import memberships_managed_by


def accounts(user: Any, plain: str, limit: int) -> Iterator[Found]:
    """Accounts by name or user name: each opens its form, or to a regional PMO the roles it has in their places."""
    everything = allowed_everywhere(user, MANAGE_ACCOUNTS)
    if not everything and not allowed(user, MANAGE_MEMBERS, None):
        return
    rows = User.objects.filter(words_in(plain, "first_name", "last_name", "username")).order_by("last_name", "pk")
    if not everything:
        rows = rows.filter(pk__in=memberships_managed_by(user).values("user"))
    for one in rows[:limit]:
        roles = f"{reverse('projects:member-list')}?{urlencode({'q': one.last_name or one.username})}"
        url = reverse("projects:user-edit", args=[one.pk]) if everything else roles
        yield Found(one.label, url, one.username, "users")


providers.add("accounts", Provider(_("User accounts"), accounts))
