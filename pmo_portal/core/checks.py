"""Checks that `manage.py check --deploy` adds to Django's own."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template


@register(Tags.templates, deploy=True)
def every_template_compiles(**_kwargs: Any) -> list[CheckMessage]:
    """A template with a mistake is found before the page that uses it is asked for."""
    found: list[CheckMessage] = []
    directory = settings.BASE_DIR / "templates"
    for path in sorted(directory.rglob("*.html")):
        name = path.relative_to(directory).as_posix()
        try:
            get_template(name)
        except (TemplateSyntaxError, TemplateDoesNotExist) as mistake:
            found.append(Error(f"{name}: {mistake}", hint="The page that uses it would fail.", id="pmo.E001"))
    return found
