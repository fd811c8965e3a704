"""Forms of people."""

from typing import Any

from pmo_portal.core.forms import comfortable
from pmo_portal.core.models import User
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
        comfortable(self)
