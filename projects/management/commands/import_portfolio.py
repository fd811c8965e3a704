"""`import_portfolio FILE… --profile NAME`: several files are several dated states of one portfolio, in the order given."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.exchange.profiles import GENERIC, shipped
from projects.exchange.services import stage
from projects.exchange.services.apply import BadRows, apply, report
from projects.exchange.services.stage import Order, Staged
from projects.exchange.table import Source


class Command(BaseCommand):
    help = "Import portfolio files (CSV, XLSX or a JSON graph)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--profile", default=GENERIC, help=f"one of: {', '.join(shipped())}")
        parser.add_argument(
            "--portfolio", default="", metavar="CODE", help="the portfolio to fill; the profile's own otherwise"
        )
        parser.add_argument("--on", type=date.fromisoformat, help="the day the facts are of (YYYY-MM-DD)")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, report what would happen")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="write the good rows, hand the bad ones back as a file"
        )
        parser.add_argument(
            "--by", metavar="USERNAME", help="import with this person's rights (the installation's otherwise)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with trace.tracing(source="command"):
            for path in options["files"]:
                self._one(path, options)

    def _one(self, path: Path, options: dict[str, Any]) -> None:
        try:
            content = path.read_bytes()
            order = self._order(path, options)
            source = stage.parse(content, path.name)
            staged = (
                stage.dry_run(source, order)
                if options["dry_run"]
                else self._apply(source, order, content, path, as_json=options["json"])
            )
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror}
            ) from error
        except DomainError as error:
            if options["json"] and not isinstance(error, BadRows):
                self._print_json({}, [{"row": None, "column": "", "message": error.message}])
            raise CommandError(f"{path.name}: {error.message}") from error
        self._print(path, staged, as_json=options["json"])

    def _order(self, path: Path, options: dict[str, Any]) -> Order:
        by = None
        if options["by"]:
            by = User.objects.filter(username=options["by"], is_active=True).first()
            if by is None:
                raise CommandError(_("There is no active user called “%(name)s”.") % {"name": options["by"]})
        return Order(
            profile=stage.profile_for(options["profile"]),
            by=by,
            today=timezone.localdate(),
            portfolio=options["portfolio"],
            on=options["on"],
            skip_bad_rows=options["skip_bad_rows"],
            file_name=path.name,
        )

    def _apply(self, source: Source, order: Order, content: bytes, path: Path, *, as_json: bool) -> Staged:
        try:
            staged, batch = apply(source, order, content=content)
        except BadRows as error:
            self._print(path, error.staged, as_json=as_json, to_errors=not as_json)
            raise
        if batch.bad_rows:
            target = path.with_name(f"{path.stem}-left-out{'.csv' if source.format == 'csv' else '.xlsx'}")
            target = target if _writable(target) else Path.cwd() / target.name
            target.write_bytes(batch.bad_rows)
            self.stderr.write(_("The rows left out are in %(file)s.") % {"file": target})
        return staged

    def _print_json(self, told: dict[str, Any], places: list[dict[str, Any]]) -> None:
        counts = {name: told.get(name, 0) for name in ("rows", "created", "updated", "unchanged")}
        self.stdout.write(json.dumps({**counts, "problems": places}, ensure_ascii=False))

    def _print(self, path: Path, staged: Staged, *, as_json: bool, to_errors: bool = False) -> None:
        told = report(staged)
        if as_json:
            places = [{"row": p["row"], "column": p["column"], "message": p["message"]} for p in told["problems"]]
            self._print_json(told, places)
            return
        out = self.stderr if to_errors else self.stdout
        out.write(
            _(
                "%(file)s: %(rows)d rows; projects: %(created)d created, %(updated)d updated, "
                "%(unchanged)d unchanged, %(left)d left."
            )
            % {"file": path.name, **told}
        )
        for problem in told["problems"][:50]:
            out.write(
                f"  {problem['sheet']} {problem['cell'] or problem['row'] or ''} {problem['column']}: {problem['message']}"
            )
        if told["warnings"]:
            out.write(
                _("%(count)d remarks (missing data, notes): see the import page.") % {"count": len(told["warnings"])}
            )


def _writable(target: Path) -> bool:
    try:
        target.touch()
    except OSError:
        return False
    return True
