"""Extract, merge, check and compile the French texts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pmo_portal.core import catalogue
from pmo_portal.core.visible_text import untranslated


class Command(BaseCommand):
    help = "Bring locale/fr up to date with the sources; --add merges French texts, --check says what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--add", type=Path, nargs="+", default=[], metavar="FILE.json", help="French texts to merge"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing, fail when a text is missing or unclean"
        )
        parser.add_argument("--prune", action="store_true", help="drop texts the sources no longer have")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        path = root / "locale/fr/LC_MESSAGES/django.po"
        if options["check"]:
            return self.check_catalogue(root, path)
        with catalogue.locked(path.parent):
            catalog = catalogue.merged(catalogue.read(path), catalogue.extracted(root), prune=options["prune"])
            for file in options["add"]:
                try:
                    catalogue.add(catalog, catalogue.load_texts(file))
                except (OSError, ValueError, TypeError, KeyError) as error:
                    raise CommandError(f"{file}: {error}") from error
            catalogue.write(path, catalog)
        missing = sum(1 for message in catalog if message.id and not catalogue.complete(message))
        self.stdout.write(f"{len(catalog)} texts, {missing} without French, {len(catalog.obsolete)} no longer used")

    def check_catalogue(self, root: Path, path: Path) -> None:
        found = catalogue.problems(root, path)
        for template in catalogue.source_files(root):
            if template.suffix == ".html":
                found += [
                    f"{template.relative_to(root)}:{line}: text without gettext: {text!r}"
                    for line, text in untranslated(template.read_text(encoding="utf-8"))
                ]
        if found:
            raise CommandError("\n".join([*found, f"{len(found)} problem(s) in the translations"]))
        self.stdout.write("translations: complete")
