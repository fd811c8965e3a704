"""`import_portfolio FILE… --profile NAME`: several files are several dated states of one portfolio, in the order given."""

import json
from argparse import ArgumentParser
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.exchange.profiles import GENERIC, shipped
from projects.exchange.services import stage
from projects.exchange.services.apply import BadRows, apply, report
from projects.exchange.services.stage import Order
from projects.exchange.table import Source

COUNTS = ("rows", "created", "updated", "unchanged")


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
        """All files or none: they are states of one portfolio, and half a history is worse than none."""
        told = _Told(several=len(options["files"]) > 1)
        try:
            with trace.tracing(source="command"), transaction.atomic():
                for path in options["files"]:
                    self._one(path, options, told)
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except CommandError:
            if options["json"]:
                self.stdout.write(told.as_json())
            raise
        for target, content in told.left_out:
            target.write_bytes(content)
            self.stderr.write(_("The rows left out are in %(file)s.") % {"file": target})
        if options["json"]:
            self.stdout.write(told.as_json())

    def _one(self, path: Path, options: dict[str, Any], told: "_Told") -> None:
        try:
            content = path.read_bytes()
            order = self._order(path, options)
            source = stage.parse(content, path.name)
            staged = stage.dry_run(source, order) if options["dry_run"] else None
            if staged is None or (told.several and not staged.plan.errors):  # the next file is compared with this one
                staged, batch = apply(source, order, content=content)
                if batch.bad_rows and not options["dry_run"]:
                    told.left_out.append((_left_out(path, source), bytes(batch.bad_rows)))
        except OSError as error:
            message = _("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror}
            told.refused(path, message)
            raise CommandError(message) from error
        except BadRows as error:
            told.add(path, report(error.staged))
            self._print(path, told, options, out=self.stderr)
            raise CommandError(f"{path.name}: {error.message}") from error
        except DomainError as error:
            told.refused(path, error.message)
            raise CommandError(f"{path.name}: {error.message}") from error
        told.add(path, report(staged))
        self._print(path, told, options, out=self.stdout)

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

    def _print(self, path: Path, told: "_Told", options: dict[str, Any], *, out: Any) -> None:
        """The last report in words."""
        if options["json"]:
            return
        found = told.reports[-1][1]
        out.write(
            _(
                "%(file)s: %(rows)d rows; projects: %(created)d created, %(updated)d updated, "
                "%(unchanged)d unchanged, %(left)d left."
            )
            % {"file": path.name, **found}
        )
        for problem in found["problems"][:50]:
            out.write(
                f"  {problem['sheet']} {problem['cell'] or problem['row'] or ''} {problem['column']}: {problem['message']}"
            )
        if found["warnings"]:
            out.write(
                _("%(count)d remarks (missing data, notes): see the import page.") % {"count": len(found["warnings"])}
            )


@dataclass(slots=True)
class _Told:
    """The reports of the files so far, and the files of left-out rows to hand over once everything is written."""

    several: bool
    reports: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)
    left_out: list[tuple[Path, bytes]] = field(default_factory=list)

    def add(self, path: Path, found: dict[str, Any]) -> None:
        self.reports.append((path, found))

    def refused(self, path: Path, message: str) -> None:
        """A file that was not read at all."""
        self.add(path, {"problems": [{"row": None, "column": "", "message": message}]})

    def as_json(self) -> str:
        """One document: the counts and the problems; of several files also each file's own, and whose a problem is."""
        own: list[dict[str, Any]] = [
            {"file": path.name, **_counts(found), "problems": _places(found)} for path, found in self.reports
        ]
        total = {name: sum(one[name] for one in own) for name in COUNTS}
        if not self.several:
            return json.dumps({**total, "problems": own[0]["problems"] if own else []}, ensure_ascii=False)
        problems = [{"file": one["file"], **problem} for one in own for problem in one["problems"]]
        return json.dumps({**total, "problems": problems, "files": own}, ensure_ascii=False)


def _counts(found: dict[str, Any]) -> dict[str, int]:
    return {name: found.get(name, 0) for name in COUNTS}


def _places(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: problem[name] for name in ("row", "column", "message")} for problem in found["problems"]]


def _left_out(path: Path, source: Source) -> Path:
    """Where the rows left out of a file go: beside it, or here when that place cannot be written."""
    target = path.with_name(f"{path.stem}-left-out{'.csv' if source.format == 'csv' else '.xlsx'}")
    return target if _writable(target) else Path.cwd() / target.name


def _writable(target: Path) -> bool:
    try:
        target.touch()
    except OSError:
        return False
    return True
