"""Forms of people."""

from typing import Any

from pmo_portal.core.forms import comfortable
from projects.hierarchy.forms import FactForm
from projects.resources.models import Person


class PersonForm(FactForm):
    class Meta:
        model = Person
        fields = ("name", "email", "organisation", "user")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        comfortable(self)
