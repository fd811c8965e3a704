"""Passwords that only look long: a common one with figures behind it, one word twice, a walk along the keyboard.

Of the 19,640 common passwords that Django brings along, 190 have twelve characters: with that length its list alone stops next
to nothing. People who must reach twelve add a year or a sign to what they had, and lists of guesses do the same (NIST SP 800-63B,
appendix A).
"""

import re
import unicodedata
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What is common in French and missing in Django's list, which is of English and Russian. Words of the portal: own_words.py.
COMMON_HERE = frozenset({
    "motdepasse", "motdepass", "azerty", "bonjour", "bonsoir", "bienvenue", "soleil", "chocolat", "doudou", "marseille",
    "bordeaux", "paris", "france", "loulou", "nicolas", "camille", "printemps", "ete", "automne", "hiver", "janvier",
    "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "lundi",
    "mardi", "mercredi", "jeudi", "vendredi", "utilisateur", "secret",
    "spring", "summer", "autumn", "winter", "welcome", "changeme", "letmein",
})  # fmt: skip
ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "qwertzuiopasdfghjklyxcvbnm",
    "01234567890123456789",
)  # fmt: skip
WALKS = tuple(row[::way] for row in ROWS for way in (1, -1))
LEET = str.maketrans("013457@$!€", "oleastasie")
SHORTEST_STEP = 3  # keys in a row that are a walk
FEWEST = 5  # different characters


class GuessableValidator:
    """Refuses a common password that was only made longer."""

    def validate(self, password: str, user: Any = None) -> None:
        if names_in(password, user):
            raise ValidationError(
                _("It contains your name, your user name or your address."), code="password_too_similar"
            )
        if is_guessable(password):
            raise ValidationError(
                _(
                    "A common password stays one with something added. Take three or four words that do not belong together."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("A common password with something added is not enough.")


def names_in(password: str, user: Any) -> set[str]:
    """The parts of somebody's names, of four letters or more, that the password contains."""
    plain = without_accents(password.lower())
    said = [getattr(user, name, "") or "" for name in ("username", "first_name", "last_name", "email")]
    own = " ".join(without_accents(text.lower()).partition("@")[0] for text in said)
    return {part for part in re.findall(r"[a-z]{4,}", own) if part in plain}


def is_guessable(password: str) -> bool:
    """Whether a list of guesses with the usual additions would have it early. Pure; says nothing of any person."""
    plain = once(without_accents(password.lower()))
    if len(set(plain)) < FEWEST or plain.isdigit() or is_walk(plain):
        return True
    heart = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)
    return any(known(word) for word in (letters_of(plain), letters_of(heart.translate(LEET))))


def letters_of(text: str) -> str:
    """The word in a text, when it is most of it or stands in one piece; else nothing: letters strewn in are no word."""
    letters = re.sub(r"[^a-z]", "", text)
    return once(letters) if 2 * len(letters) >= len(text) or letters in text else ""


def known(word: str) -> bool:
    return len(word) >= SHORTEST_STEP and (word in COMMON_HERE or word in common() or is_walk(word))


def without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def once(word: str) -> str:
    """ "soleil" for "soleilsoleil"."""
    found = re.fullmatch(r"(.+?)\1+", word)
    return found[1] if found else word


def is_walk(text: str) -> bool:
    """Whether the text is nothing but steps along keys, alphabet or figures: "azerty123456", "qwertyuiop[]" not."""
    place = 0
    while place < len(text):
        step = max(common_length(text[place:], walk) for walk in WALKS)
        if step < SHORTEST_STEP:
            return False
        place += step
    return bool(text)


def common_length(text: str, walk: str) -> int:
    """How many characters of `text`, from its first, follow each other in `walk`."""
    length = 0
    while length < len(text) and text[: length + 1] in walk:
        length += 1
    return length


@cache
def common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
