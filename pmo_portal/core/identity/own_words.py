"""Passwords that somebody who knows the organisation would try first: made of its own words (docs/operators.md, Signing in)."""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Names of the product, of its matter and of those who run it, in both languages; without accents.
WORDS = frozenset(
    [
        "pmo",
        "portal",
        "portail",
        "portfolio",
        "portefeuille",
        "programme",
        "program",
        "project",
        "projet",
        "projects",
        "projets",
        "password",
        "motdepasse",
        "passphrase",
        "administrator",
        "administrateur",
        "admin",
        "sponsor",
        "executive",
        "direction",
    ]
)
SHORTEST_WORD = 3
LEFT = 8  # characters that have to remain without the words, the year and the signs


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if one.isalnum())


def own_words() -> list[str]:
    """The words above, PASSWORD_WORDS and the parts of the portal's host names, the longest first."""
    hosts = [part for host in settings.ALLOWED_HOSTS for part in re.split(r"[^\w]+", host)]
    words = {folded(word) for word in (*WORDS, *settings.PASSWORD_WORDS, *hosts)}
    return sorted((word for word in words if len(word) >= SHORTEST_WORD), key=lambda word: (-len(word), word))


def remainder(password: str) -> str:
    """What a password is made of beside words of ours and years."""
    rest = folded(password)
    for word in own_words():
        rest = rest.replace(word, " ")
    return re.sub(r" |(?:19|20)\d\d", "", rest)


class OwnWordsValidator:
    """Refuses a password that has fewer than `LEFT` letters and figures beside words of this portal."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(remainder(password)) < LEFT and remainder(password) != folded(password):
            raise ValidationError(_("This password is made of words of this portal: easy to guess."), code="own_words")

    def get_help_text(self) -> str:
        return _("Not made of words of this portal.")
