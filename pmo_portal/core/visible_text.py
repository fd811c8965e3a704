"""Finds text a reader would see in a template that does not go through gettext. Used by `translations --check`."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription"}
SILENT_ELEMENTS = {"script", "style", "code", "kbd", "samp", "pre"}
UNTRANSLATED_WORDS = {
    "PMO",
    "CSV",
    "XLSX",
    "JSON",
    "API",
    "Ctrl",
    "Esc",
    "PDF",
    "OpenAPI",
    "Token",
    "Plotly",
    "htmx",
    "Lucide",
    "Inter",
}
WORD = re.compile(r"[^\W\d_]{2,}")


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every literal text outside `trans`/`blocktrans` and comments; `translate="no"` on an element allows it."""
    finder = _Finder()
    finder.feed("".join(_literal(source)))
    finder.close()
    yield from finder.found


def _literal(source: str) -> Iterator[str]:
    """The template with its tags blanked out, line breaks kept so that line numbers stay true."""
    closing, silent_block = "", False
    for token in Lexer(source).tokenize():
        verb = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if closing:
            closing = "" if verb == closing else closing
            yield "\n" * token.contents.count("\n")
        elif verb in {"blocktrans", "blocktranslate", "comment"}:
            closing = f"end{verb}"
        elif verb == "block" and token.contents.endswith("_class"):
            silent_block = True
        elif verb == "endblock":
            silent_block = False
        elif silent_block:
            yield "\n" * token.contents.count("\n")
        elif token.token_type == TokenType.TEXT:
            yield token.contents
        elif token.token_type == TokenType.VAR:
            yield "0"


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES and value:
                self._note(value)
        if tag in SILENT_ELEMENTS or ("translate", "no") in attrs:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        words = [word for word in WORD.findall(text) if word not in UNTRANSLATED_WORDS]
        if words:
            self.found.append((self.getpos()[0], " ".join(text.split())[:80]))
