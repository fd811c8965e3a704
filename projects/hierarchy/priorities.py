"""How much a project matters beside the others: 1 very low … 5 very high. None: nobody said, which counts as the middle."""

from django.utils.text import format_lazy
from django.utils.translation import pgettext_lazy

from pmo_portal.core import formats

LOWEST, MIDDLE, HIGHEST = 1, 3, 5
WORDS = {
    5: pgettext_lazy("priority", "very high"),
    4: pgettext_lazy("priority", "high"),
    3: pgettext_lazy("priority", "medium"),
    2: pgettext_lazy("priority", "low"),
    1: pgettext_lazy("priority", "very low"),
}
CHOICES = [(number, format_lazy("{} – {}", number, word)) for number, word in WORDS.items()]
NOT_SET = pgettext_lazy("priority", "not set")


def in_words(priority: int | None) -> str:
    """“4 – high”; an en dash where it is not set."""
    return formats.MISSING if priority is None else str(dict(CHOICES)[priority])
