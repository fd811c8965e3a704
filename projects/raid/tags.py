"""Tags every template has (settings.TEMPLATES): the independent review beside what is declared and computed."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import health
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment
from projects.raid.selectors import review_beside

register = template.Library()


@register.simple_tag(takes_context=True)
def review_of(context: Any, project: Project) -> Assessment | None:
    """The review in force on the day the page shows, for who reads it: `{% review_of project as review %}`."""
    return review_beside(project, context["user"])


@register.simple_tag(takes_context=True)
def sees_reviews(context: Any, project: Project) -> bool:
    """Whether the reader reads the released reviews of the project: `{% sees_reviews project as reviewed %}`."""
    return Access.of(context["user"]).sees("assessments", project)


@register.simple_tag
def assessed(review: Assessment | None, size: str = "") -> SafeString:
    """The badge of a review; a grey dash, never a colour, where there is none: `{% assessed review %}`."""
    if review is None:
        return format_html('<span class="muted" title="{}">–</span>', _("No independent review"))
    return health(review.rag, size, review.label)


@register.simple_tag
def reviewed_by(review: Assessment) -> str:
    """When and by whom, in one line."""
    return f"{formats.date(review.assessed_on)} · {review.judge}"


@register.simple_tag
def far_below(review: Assessment, declared: str) -> bool:
    """Whether the review is so much worse than what is declared that it is an exception (BR-26)."""
    return review.far_below(declared)
