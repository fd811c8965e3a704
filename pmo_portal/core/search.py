"""The search behind the palette: providers register here, each finds its own things within the reader's rights."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import navigation
from pmo_portal.core.registry import Registry

LIMIT = 6
_ACCENTED = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿæœ’"
_MAY_DIFFER = frozenset("aceinouy'")
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyy" + "ao'"


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the palette: `sub` is the small text (code, portfolio), `state` a health colour shown as a mark."""

    label: str
    url: str
    sub: str = ""
    icon: str = "folder-kanban"
    state: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """`find(user, folded_query, limit)` returns lines the user may open, best first."""

    label: str | Promise
    find: Callable[[Any, str, int], Iterable[Found]]


providers: Registry[Provider] = Registry("search providers")


def fold(text: str) -> str:
    """Lower case without accents, for comparing what people type."""
    stripped = unicodedata.normalize("NFD", text.replace("’", "'")).lower()
    return "".join(character for character in stripped if not unicodedata.combining(character)).strip()


def folded(field: str) -> Func:
    """The same folding in SQL: `Project.objects.annotate(plain=folded("name")).filter(plain__contains=fold(q))`."""
    return Func(Lower(F(field)), Value(_ACCENTED), Value(_PLAIN), function="translate", output_field=TextField())


def holds(field: str, plain: str) -> Q:
    """The condition "the folded text of `field` contains `plain`" (folded already), in a tenth of the time.

    Folding every row is slow, so rows are first sifted by a pattern where each letter that may carry an accent is any one
    character; PostgreSQL runs the cheaper condition first, and folds only what passes it.
    """
    sift = "%" + "".join("_" if letter in _MAY_DIFFER else _escaped(letter) for letter in plain) + "%"
    exact = f"%{''.join(map(_escaped, plain))}%"
    return Q(_like(Lower(F(field)), sift)) & Q(_like(folded(field), exact))


def words_in(plain: str, *fields: str) -> Q:
    """The condition "each word of `plain` (folded already) is in one of the fields", whatever their order."""
    return reduce(and_, (reduce(or_, (holds(field, word) for field in fields)) for word in plain.split()), Q())


def _like(text: Any, pattern: str) -> Func:
    return Func(text, Value(pattern), template="(%(expressions)s)", arg_joiner=" LIKE ", output_field=BooleanField())


def _escaped(letter: str) -> str:
    return "\\" + letter if letter in "\\%_" else letter


def find(user: Any, query: str) -> list[tuple[str, list[Found]]]:
    """(group, lines) for a query of two letters or more; groups without a line are left out."""
    plain = fold(query)
    if len(plain) < 2:
        return []
    groups = ((str(provider.label), list(provider.find(user, plain, LIMIT))) for provider in (*providers, PAGES))
    return [(label, lines) for label, lines in groups if lines]


def pages(user: Any, plain: str, limit: int) -> list[Found]:
    """Pages the reader may open, by their names and by other words for them, in every language of the site."""
    words = plain.split()
    found = []
    for group, entry, url in navigation.everywhere(user):
        names = fold(" ".join(one for text in (entry.label, entry.words) for one in in_every_language(text)))
        if all(word in names for word in words):
            found.append(Found(str(entry.label), url, str(group), entry.icon))
    return found[:limit]


def in_every_language(text: str | Promise) -> list[str]:
    """A text in each language of the site: people type the words they know."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(text))
    return found


PAGES = Provider(_("Go to"), pages)
