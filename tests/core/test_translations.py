"""The catalogue tool, on a small tree of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pmo_portal.core import catalogue
from pmo_portal.core.visible_text import untranslated


@pytest.fixture
def tree(tmp_path: Path, settings: Any) -> Path:
    settings.BASE_DIR = tmp_path
    (tmp_path / "projects").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "projects/words.py").write_text(
        "from django.utils.translation import gettext as _, ngettext, pgettext\n"
        'a = _("Hello")\nb = f"<b>{_("Inside")}</b>" if False else f\'{_("Nested")}\'\n'
        'c = ngettext("%(n)s project", "%(n)s projects", 2)\nd = pgettext("weather", "Sun")\n'.replace(
            'f"<b>{_("Inside")}</b>" if False else ', ""
        )
    )
    (tmp_path / "templates/page.html").write_text(
        '{% trans "Menu" %} {% blocktrans trimmed %}Hello\n {{ name }}!{% endblocktrans %}\n'
        '<p title="{% trans \'Tip\' %}">{{ x|default:_("None") }}</p>'
    )
    return tmp_path


def add(tree: Path, texts: dict[str, Any]) -> None:
    (tree / "fr.json").write_text(json.dumps(texts))
    call_command("translations", add=[tree / "fr.json"])


COMPLETE = {
    "Hello": "Bonjour",
    "Nested": "Imbriqué",
    "Menu": "Menu",
    "Hello %(name)s!": "Bonjour %(name)s !",
    "Tip": "Astuce",
    "None": "Aucun",
    "%(n)s project": {"plural": "%(n)s projects", "fr": ["%(n)s projet", "%(n)s projets"]},
    "Sun": {"context": "weather", "fr": "Soleil"},
}


def test_texts_of_code_and_templates_are_found(tree: Path) -> None:
    found = {catalogue.key_of(message) for message in catalogue.extracted(tree) if message.id}
    assert found == {"Hello", "Nested", "%(n)s project", ("Sun", "weather"), "Menu", "Hello %(name)s!", "Tip", "None"}


def test_check_passes_when_complete_and_compiled(tree: Path) -> None:
    add(tree, COMPLETE)
    call_command("translations", check=True)
    po = (tree / "locale/fr/LC_MESSAGES/django.po").read_text()
    assert "Bonjour %(name)s\u202f!" in po
    before = po, (tree / "locale/fr/LC_MESSAGES/django.mo").read_bytes()
    call_command("translations")
    assert before == (
        (tree / "locale/fr/LC_MESSAGES/django.po").read_text(),
        (tree / "locale/fr/LC_MESSAGES/django.mo").read_bytes(),
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda tree: add(tree, {"Hello": ""}), "no French text: 'Hello'"),
        (lambda tree: add(tree, {"Gone": "Parti"}), "no longer in the sources: 'Gone'"),
        (lambda tree: add(tree, {"Hello %(name)s!": "Bonjour %(nom)s !"}), "placeholders differ"),
        (lambda tree: (tree / "locale/fr/LC_MESSAGES/django.mo").write_bytes(b""), "not up to date"),
        (
            lambda tree: (tree / "templates/bad.html").write_text("<p>Loose words</p>"),
            "bad.html:1: text without gettext: 'Loose words'",
        ),
    ],
)
def test_check_names_each_problem(tree: Path, spoil: Any, message: str) -> None:
    add(tree, COMPLETE)
    spoil(tree)
    with pytest.raises(CommandError, match=message):
        call_command("translations", check=True)


def test_a_text_given_before_its_code_is_kept_and_revives(tree: Path) -> None:
    add(tree, {**COMPLETE, "Later": "Plus tard"})
    (tree / "projects/later.py").write_text('from django.utils.translation import gettext\nx = gettext("Later")\n')
    call_command("translations")
    call_command("translations", check=True)


def test_loose_text_is_found_and_marked_text_is_not() -> None:
    source = (
        '<p>{% trans "Fine" %} 12 % <kbd>Ctrl</kbd> {{ name }} {# note #}</p>'
        '<img alt="Loose alt"><a {% if x %}title="Loose title"{% endif %}>\n<b>Loose</b></a>'
        '<span translate="no">English</span>{% block page_class %}narrow{% endblock %}'
    )
    assert list(untranslated(source)) == [(1, "Loose alt"), (1, "Loose title"), (2, "Loose")]


def test_the_product_catalogue_is_readable() -> None:
    path = Path(__file__).resolve().parents[2] / "locale/fr/LC_MESSAGES/django.po"
    assert len(catalogue.read(path)) > 100
