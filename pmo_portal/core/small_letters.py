"""An e-mail address as accounts keep it: in small letters, however it was typed."""

from typing import Any

from django.db import models


class SmallEmailField(models.EmailField):
    """In small letters wherever it comes from: who looks one up in small letters finds it (django-allauth does, at each sign-in
    and forgotten password), and one address written in two ways is not two.
    """

    def to_python(self, value: Any) -> Any:
        return small(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return small(super().get_prep_value(value))


def small(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value
