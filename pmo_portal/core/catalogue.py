"""The translation catalogue without gettext's binaries: extract, merge, check and compile with Babel (a developer dependency).

English is the source language; `locale/fr/LC_MESSAGES/django.po` holds the French. Texts of scripts come from data
attributes, so Python files and templates are all there is to read.
"""

import ast
import fcntl
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from pmo_portal.core.typography import french

KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (1,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PACKAGES = ("pmo_portal", "projects", "portfolio", "reporting")
UNCHANGING_DATE = datetime(2026, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|(?<!%)%[sd]|\{[a-z_]*\}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process at a time reads and rewrites the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def source_files(root: Path) -> Iterator[Path]:
    """Python files and templates of the product, in a stable order."""
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))
        yield from sorted((root / package).rglob("templates/**/*.html"))
    yield from sorted((root / "templates").rglob("*.html"))
    yield from sorted((root / "templates").rglob("*.txt"))


def messages_of(path: Path) -> Iterator[tuple[Any, str | None]]:
    """(msgid or (singular, plural), context) of every text of one file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from texts_of_code(text)
        return
    # Django turns the template into Python-like calls; the parentheses keep its odd indentation out of the tokenizer's way.
    calls = f"({templatize(text, origin=str(path))}\n)"
    for _line, msgid, _comments, context in extract("python", io.BytesIO(calls.encode()), keywords=KEYWORDS):
        yield msgid, context


def texts_of_code(source: str) -> Iterator[tuple[Any, str | None]]:
    """The texts of a Python file, read from its syntax tree: calls inside f-strings count too."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
        )
        if name not in KEYWORDS:
            continue
        words = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        context = words.pop(0) if name.lstrip("n").startswith("pgettext") and words else None
        if words:
            yield (tuple(words[:2]) if "ngettext" in name or "npgettext" in name else words[0]), context


def extracted(root: Path) -> Catalog:
    """Every text of the sources, with the files it comes from and no line numbers (they would change at every commit)."""
    catalog = Catalog()
    for path in source_files(root):
        name = path.relative_to(root).as_posix()
        for msgid, context in messages_of(path):
            catalog.add(msgid, locations=[(name, 0)], context=context)
    return catalog


def empty() -> Catalog:
    """A French catalogue whose header never changes by itself, so that the files change only when a text does."""
    return Catalog(
        locale="fr",
        header_comment="# French texts of the PMO portal, written by `manage.py translations`.",
        project="PMO portal",
        version="1",
        msgid_bugs_address="none",
        last_translator="PMO portal",
        language_team="French",
        charset="utf-8",
        fuzzy=False,
        creation_date=UNCHANGING_DATE,
        revision_date=UNCHANGING_DATE,
    )


def read(path: Path) -> Catalog:
    """The catalogue on disk; an empty French one when there is none."""
    if not path.exists():
        return empty()
    with path.open("rb") as handle:
        return read_po(handle, locale="fr", charset="utf-8")


def merged(old: Catalog, template: Catalog, *, prune: bool = False) -> Catalog:
    """`template` with the translations of `old`; texts no longer used stay at the end unless `prune`."""
    known = {key_of(message): message for message in (*old, *old.obsolete.values()) if message.id}
    new = empty()
    for message in template:
        if message.id:
            before = known.pop(key_of(message), None)
            string = before.string if before else None
            if message.pluralizable and not isinstance(string, (tuple, list)):
                string = None
            new.add(message.id, string, message.locations, context=message.context)
    if not prune:
        for key, message in known.items():
            new.obsolete[key] = Message(message.id, message.string, context=message.context)
    return new


def key_of(message: Message) -> Any:
    """Identity of a text: its singular and its context."""
    singular = message.id[0] if message.pluralizable else message.id
    return (singular, message.context) if message.context else singular


def add(catalog: Catalog, texts: dict[str, Any]) -> None:
    """Put French texts in: {"msgid": "français"} or {"msgid": {"plural": …, "context": …, "fr": str | [singular, plural]}}."""
    for msgid, value in texts.items():
        detail = value if isinstance(value, dict) else {"fr": value}
        given = detail["fr"]
        string = tuple(french(form) for form in given) if isinstance(given, list) else french(given)
        context = detail.get("context")
        message = Message((msgid, detail["plural"]) if "plural" in detail else msgid, string, context=context)
        existing = catalog.get(msgid, context)
        if existing is None:
            catalog.obsolete[key_of(message)] = message
        elif existing.pluralizable == isinstance(string, tuple):
            existing.string = string
        else:
            raise ValueError(
                f"{msgid!r}: the sources {'have' if existing.pluralizable else 'have no'} plural form of this text"
            )


def write(path: Path, catalog: Catalog) -> None:
    """Write the .po and its .mo, each in one move, sorted so that two branches rarely touch the same lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    po = io.BytesIO()
    write_po(po, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
    for target, content in ((path, po.getvalue()), (path.with_suffix(".mo"), compiled(catalog))):
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(target)


def compiled(catalog: Catalog) -> bytes:
    """The .mo bytes of a catalogue."""
    mo = io.BytesIO()
    write_mo(mo, catalog)
    return mo.getvalue()


def load_texts(path: Path) -> dict[str, Any]:
    """A JSON object of texts to add."""
    texts = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(texts, dict):
        raise TypeError(f"{path}: expected an object of texts, got {type(texts).__name__}")
    return texts


def problems(root: Path, path: Path) -> list[str]:
    """What keeps the French catalogue from being complete, clean and compiled; empty when all is well."""
    catalog, template = read(path), extracted(root)
    found = []
    for message in template:
        if message.id and not complete(catalog.get(message.id, message.context)):
            found.append(
                f"no French text: {key_of(message)!r} ({', '.join(sorted({place for place, _ in message.locations}))})"
            )
    for message in catalog:
        if message.id and complete(message):
            found += message_problems(message)
    for message in catalog.obsolete.values():
        found.append(f"no longer in the sources: {key_of(message)!r} (run `translations --prune`)")
    mo = path.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalog):
        found.append(f"{mo.name} is not up to date (run `translations`)")
    return found


def complete(message: Message | None) -> bool:
    """Whether every form has a text."""
    if message is None:
        return False
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms) and len(forms) > 0


def message_problems(message: Message) -> list[str]:
    """Fuzzy mark, placeholders that differ, and French spacing of one complete message."""
    found = [f"fuzzy: {key_of(message)!r}"] if message.fuzzy else []
    sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    forms = [
        form or "" for form in (message.string if isinstance(message.string, (tuple, list)) else (message.string,))
    ]
    allowed = set(PLACEHOLDER.findall(" ".join(sources)))
    needed = set(PLACEHOLDER.findall(sources[-1]))
    for position, form in enumerate(forms):
        used = set(PLACEHOLDER.findall(form))
        if used - allowed or (needed - used and position == len(forms) - 1):
            found.append(f"placeholders differ: {sources[-1]!r} → {form!r}")
        if form != french(form):
            found.append(f"French spacing: {form!r}")
    return found
