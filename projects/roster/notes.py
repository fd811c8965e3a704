"""What stands in the column of names and is no name: sums, notes, headings again. Pure.

What is evidently none is left out with why; what may be a name is one, with a doubt that the review tells.
"""

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from projects.exchange.asides import is_note, is_total
from projects.exchange.table import Row, is_empty
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.roster.columns import Columns

_SUM = re.compile(
    r"(?:sous |sub ?|grand )?tota(?:l|ux|ls)(?: \D.*)?(?: \d.*)?$|(?:effectif|headcount|nombre|number) .*\d|cumul\b"
)
_STAMPED = re.compile(
    r"(?:derniere? |last )?(?:mise? a jour|maj|actualise\w*|edite\w*|edition|extrait\w*|extraction|genere\w*|exporte\w*|export"
    r"|imprime\w*|update\w*|generated|printed|issued|as of|as at|situation au|etat au|liste au|date d\w* \w+)\b.*\d"
)
_PAGE = re.compile(r"page \d+(?: (?:sur |of )?\d+)?$|(?:fin|end) (?:de la liste|du fichier|of (?:the )?(?:list|file))$")
_LABEL = re.compile(
    r"(?:contact|perimetre|scope|periode|period|source|auteur|author|version|date|comment|commentaire|info|information|attention"
    r"|important|avertissement|warning|rappel|statut|status|legende?|key|note|nb|remarque|filtre|filter)s? ?:"
)
_NO_NAME = re.compile(r"[\d:;=?*#<>{}\[\]|/\\_…]|\.\.\.")
PLACEHOLDERS = frozenset({
    "a recruter", "a pourvoir", "a definir", "a designer", "a nommer", "a confirmer", "a renseigner", "non affecte",
    "non renseigne", "inconnu", "inconnue", "vacant", "vacante", "poste vacant", "recrutement", "recrutement en cours",
    "externe", "externes", "interne", "internes", "prestataire", "prestataires", "stagiaire", "stagiaires", "interimaire",
    "alternant", "equipe", "autre", "autres", "divers", "nom", "name", "tbc", "tbd", "tba", "n a", "na", "nn", "n n",
    "xxx", "to be defined", "to be hired", "to be recruited", "to be confirmed", "to hire", "open position", "vacancy",
    "unknown", "unassigned", "external", "externals", "external staff", "internal", "staff", "contractor", "contractors",
    "trainee", "intern", "team", "other", "others", "test",
})  # fmt: skip
_MOST_WORDS = 7


def why_none(columns: Columns, row: Row, name: str, named: Collection[str]) -> str:
    """Why the row is evidently nobody; "" where it may be somebody. `named`: columns that say who it is, as a reference does.

    Somebody with a reference or an address is somebody, whatever stands where the name does.
    """
    told = {one: place for one, place in columns.places.items() if not is_empty(row.at(place))}
    if not told:
        return _("Nothing in it is read.")
    if all(fold(text_value(row.at(place))) == fold(text_value(columns.headings[place])) for place in told.values()):
        return _("It has the headings once more.")
    known = [text for one in named if one in told and (text := columns.text(row, one))]
    if is_total(name) or any(is_total(text) for text in known):
        return _("“%(value)s” is a sum of other lines.") % {"value": (name or known[0])[:60]}
    if known or not name:
        return ""
    is_alone = bool(columns.places.keys() - set(_NAMES)) and alone(columns, row)
    words = fold(name)
    if _SUM.match(words) and (is_alone or any(letter.isdigit() for letter in name)):
        return _("“%(value)s” is a sum of other lines.") % {"value": name[:60]}
    if not any(letter.isalpha() for letter in name):
        return _("“%(value)s” has no letter, so it is no name.") % {"value": name[:60]}
    if _STAMPED.match(words) or _PAGE.match(words) or (is_alone and _is_remark(name)):
        return _("“%(value)s” is a note.") % {"value": name[:60]}
    return ""


def _is_remark(name: str) -> bool:
    """A lone text that begins as notes do; “Note Keller” is a name."""
    marked = name.lstrip().startswith(("*", "(*")) or len(name.split()) > _MOST_WORDS + 1
    return (marked and is_note(name)) or bool(_LABEL.match(_folded(name)))


def _folded(name: str) -> str:
    """Without accents and case, as `fold`, with its first colon."""
    label, colon, _rest = name.partition(":")
    return f"{fold(label)} {colon}"


def doubt(name: str, *, alone: bool) -> str:
    """Why somebody new may be nobody; "" for a usual name. `alone`: the line has a name only, where most have more."""
    words = fold(name)
    is_odd = words in PLACEHOLDERS or bool(_SUM.match(words)) or len(words.split()) > _MOST_WORDS
    if is_odd or _NO_NAME.search(name) or name.startswith("("):
        return _("This does not read like a name: is it somebody?")
    return _("The line has a name and nothing else, unlike the others: is it somebody?") if alone else ""


def alone(columns: Columns, row: Row) -> bool:
    return sum(not is_empty(row.at(place)) for name, place in columns.places.items() if name not in _NAMES) == 0


def mostly_more(columns: Columns) -> bool:
    """Whether most lines of the table say more than a name."""
    return sum(not alone(columns, row) for row in columns.rows) * 2 > len(columns.rows)


_NAMES = ("name", "first_name", "last_name")
