"""Forms of people."""

from typing import Any

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import comfortable
from pmo_portal.core.models import User
from projects.access.forms import UserChoice
from projects.access.policy import MANAGE_ACCOUNTS, allowed_everywhere
from projects.hierarchy.forms import FactForm
from projects.hierarchy.visibility import Access
from projects.resources.models import Person


class PersonForm(FactForm):
    class Meta:
        model = Person
        fields = ("name", "email", "organisation", "user", "daily_rate", "rate_currency")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not Access.of(by).sees_everywhere("rates"):
            del self.fields["daily_rate"], self.fields["rate_currency"]
        if allowed_everywhere(by, MANAGE_ACCOUNTS):
            self.fields["user"] = UserChoice(
                User.objects.filter(Q(is_active=True) | Q(pk=self.instance.user_id)).order_by("last_name", "username"),
                label=capfirst(_("user account")),
                required=False,
                help_text=_(
                    "The account by which this person signs in. Their projects are then “my projects” to them."
                ),
            )
        else:
            del self.fields["user"]
        comfortable(self)
