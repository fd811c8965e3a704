"""Tags every template has (settings.TEMPLATES): `{% declared %}`, the words of a portfolio's scale; `{% may %}`, a right."""

from typing import Any

from django import template
from django.db.models import Model
from django.utils.safestring import SafeString

from pmo_portal.core.templatetags.health import health
from projects.hierarchy import priorities, records
from projects.hierarchy.declared import rag_of, word_of
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.hierarchy.words import phase_of

register = template.Library()


@register.simple_tag
def declared(level: str, scale: str, size: str = "") -> SafeString:
    """The badge of a declared level: `{% declared project.declared portfolio.scale %}`."""
    return health(rag_of(level), size, word_of(level, scale))


@register.filter
def phase(stored: str) -> str:
    """A phase in the reader's language: `{{ project.phase|phase }}`."""
    return phase_of(stored)


@register.filter
def priority(number: int | None) -> str:
    """A priority with its word: `{{ project.priority|priority }}` → 4 – high."""
    return priorities.in_words(number)


@register.simple_tag(takes_context=True)
def sees_money(context: Any, project: Project) -> bool:
    """Whether the reader sees the amounts of the project: `{% sees_money project as money %}`."""
    return Access.of(context["user"]).sees_money(project)


@register.simple_tag
def history_of(record: Any) -> str:
    """Where the history of a record is read: `{% history_of milestone as past %}`; "" where it has none."""
    known = isinstance(record, Model) and record.pk
    return records.address(record._meta.label, record.pk) if known else ""


@register.simple_tag(takes_context=True)
def may(context: Any, right: str, target: Any = None) -> bool:
    """Whether the reader has a right of the policy on `target`: `{% may "edit_project" project as editable %}`.

    Nobody has any over the past: a page as of a past day offers no write.
    """
    return context["shell"].as_of is None and bool(context["user"].has_perm(f"projects.{right}", target))
