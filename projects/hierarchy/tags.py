"""`{% declared %}`: what was declared, in the words of the portfolio's scale. A template built-in (settings.TEMPLATES)."""

from django import template
from django.utils.safestring import SafeString

from pmo_portal.core.templatetags.health import health
from projects.hierarchy.declared import rag_of, word_of

register = template.Library()


@register.simple_tag
def declared(level: str, scale: str, size: str = "") -> SafeString:
    """The badge of a declared level: `{% declared project.declared portfolio.scale %}`."""
    return health(rag_of(level), size, word_of(level, scale))
