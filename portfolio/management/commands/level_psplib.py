"""`manage.py level_psplib DIR --seconds N --out FILE.json`: PSPLIB's `.sm` files levelled, for anybody to check."""

import json
import math
import os
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from portfolio.capacity.leveling import checking, psplib, single
from portfolio.capacity.leveling.psplib import BadFile, Project

SHOWN = 20  # bad files named in full
TEXTS = {
    "empty": gettext_noop("the file is empty. Save the PSPLIB file there again."),
    "file_too_large": gettext_noop("more than %(most)s MB: this is no PSPLIB file. Take it out of the directory."),
    "not_a_number": gettext_noop(
        "“%(word)s” stands where a whole number belongs. Correct the line, or take the file from PSPLIB again."
    ),
    "too_large": gettext_noop(
        "%(word)s is too large: at most %(most)s. Count in larger units of time or of resources."
    ),
    "too_long": gettext_noop("the durations add up to %(total)s; at most %(most)s. Count in larger units of time."),
    "out_of_range": gettext_noop(
        "“%(label)s” is %(found)s; it must be between %(least)s and %(most)s. Correct the number."
    ),
    "no_declaration": gettext_noop(
        "there is no line “%(label)s … : number”. Add it, or take the file from PSPLIB again."
    ),
    "other_resources": gettext_noop(
        "resources that are used up are not levelled, only renewable ones. Put 0 there, or take the file out."
    ),
    "no_section": gettext_noop("the section “%(title)s” is missing. Take the file from PSPLIB again."),
    "rows": gettext_noop(
        "the section “%(title)s” has %(found)s lines of numbers instead of "
        "%(expected)s. Add or remove lines, or correct the number of jobs."
    ),
    "columns": gettext_noop(
        "%(found)s numbers instead of at least %(least)s: job, modes, number "
        "of successors, successors. Complete the line."
    ),
    "columns_exact": gettext_noop(
        "%(found)s numbers instead of %(expected)s. Complete the line, or correct the number of resources."
    ),
    "no_such_job": gettext_noop(
        "job %(job)s does not exist: they are numbered from 1 to %(most)s. Correct the number."
    ),
    "job_twice": gettext_noop("job %(job)s already has a line. Remove one of the two."),
    "modes": gettext_noop(
        "job %(job)s has mode or modes %(modes)s; only single-mode files (.sm) are levelled. Take the file out."
    ),
    "successors": gettext_noop(
        "job %(job)s announces %(expected)s successors and names %(found)s. Correct the number or the list."
    ),
    "negative_capacity": gettext_noop("a capacity is negative. Correct it: 0 or more."),
    "negative": gettext_noop("a duration or a demand of job %(job)s is negative. Correct it: 0 or more."),
    "never_fits": gettext_noop(
        "job %(job)s asks for %(asked)s of resource %(resource)s, which has %(there)s: "
        "it can never run. Lower the demand or raise the capacity."
    ),
    "circle": gettext_noop("job %(job)s is, through its successors, a successor of itself. Remove one of these links."),
}


def positive(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise ValueError
    return number


def at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


class Command(BaseCommand):
    help = "Level PSPLIB single-mode projects (.sm): start times per job, as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="where the .sm files are")
        parser.add_argument("--seconds", type=positive, required=True, metavar="N", help="at most, for each file")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.json")
        parser.add_argument("--seed", type=int, default=1, help="of chance (default 1)")
        parser.add_argument(
            "--workers", type=at_least_one, metavar="W", help="processors to use for each file (default: all)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything is read before anything is computed, and everything computed before anything is written."""
        try:
            self._level(options)
        except KeyboardInterrupt as error:
            raise CommandError(_("Interrupted. Nothing was written.")) from error

    def _level(self, options: dict[str, Any]) -> None:
        projects = self._read(options["directory"])
        target: Path = options["out"]
        _writable(target)
        workers = options["workers"] or len(os.sched_getaffinity(0))
        began, proven = time.monotonic(), 0
        starts: dict[str, dict[str, int]] = {}
        single.warm_up()
        for name, project in projects.items():
            found = single.level(project.network, seconds=options["seconds"], seed=options["seed"], workers=workers)
            starts[name] = self._checked(name, project, found)
            proven += found.proven
            self._say(name, found, options["verbosity"])
        _write(target, starts)
        self.stdout.write(
            ngettext(
                "%(count)d file levelled in %(seconds).0f s, %(proven)d proven the shortest: %(target)s",
                "%(count)d files levelled in %(seconds).0f s, %(proven)d proven the shortest: %(target)s",
                len(starts),
            )
            % {"count": len(starts), "seconds": time.monotonic() - began, "proven": proven, "target": target}
        )

    def _read(self, directory: Path) -> dict[str, Project]:
        try:
            paths = sorted(path for path in directory.iterdir() if path.suffix.lower() == ".sm" and path.is_file())
        except OSError as error:
            raise CommandError(
                _("%(directory)s cannot be read: %(reason)s. Name a directory with .sm files.")
                % {"directory": directory, "reason": error.strerror}
            ) from error
        if not paths:
            raise CommandError(
                _("There is no .sm file in %(directory)s. Name the directory that holds them itself.")
                % {"directory": directory}
            )
        projects, bad = {}, []
        for path in paths:
            try:
                projects[path.name] = psplib.read(path)
            except BadFile as error:
                bad.append(_told(path, error))
            except OSError as error:
                bad.append(_("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror})
        if bad:
            more = len(bad) - SHOWN
            rest = [ngettext("… and %(count)d more bad file", "… and %(count)d more bad files", more) % {"count": more}]
            raise CommandError("\n".join([*bad[:SHOWN], *(rest if more > 0 else []), _("Nothing was written.")]))
        return projects

    def _checked(self, name: str, project: Project, found: single.Schedule) -> dict[str, int]:
        """Job → start; refused when the independent check finds a fault, which is one of the engine."""
        starts = found.starts.tolist()
        faults = checking.faults(project.network, starts)
        if faults:
            raise CommandError(
                _("%(file)s: the schedule found breaks a rule (%(fault)s). Nothing was written; please report this.")
                % {"file": name, "fault": faults[0]}
            )
        return dict(zip(project.jobs, starts, strict=True))

    def _say(self, name: str, found: single.Schedule, verbosity: int) -> None:
        if verbosity < 1:
            return
        if found.proven:
            text = _("%(file)s: %(length)d, proven the shortest") % {"file": name, "length": found.length}
        else:
            text = _("%(file)s: %(length)d, at least %(lower)d") % {
                "file": name,
                "length": found.length,
                "lower": found.lower,
            }
        self.stdout.write(text)


def _told(path: Path, error: BadFile) -> str:
    problem = _(TEXTS[error.code]) % error.values
    if not error.line:
        return f"{path}: {problem}"
    return _("%(file)s, line %(line)d: %(problem)s") % {"file": path, "line": error.line, "problem": problem}


def _not_writable(target: Path, error: OSError) -> CommandError:
    return CommandError(
        _("%(file)s cannot be written: %(reason)s. Name a file in a directory of yours.")
        % {"file": target, "reason": error.strerror}
    )


def _writable(target: Path) -> None:
    """Known before hours of computing, not after."""
    try:
        if target.is_dir():
            raise IsADirectoryError(0, _("it is a directory"))
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise _not_writable(target, error) from error


def _write(target: Path, starts: dict[str, dict[str, int]]) -> None:
    """All of it or nothing: a file beside it takes its place."""
    text = json.dumps(starts, indent=None, separators=(", ", ": "))
    try:
        with tempfile.NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            written = Path(file.name)
            try:
                file.write(text + "\n")
                file.flush()
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                written.replace(target)
            except BaseException:
                written.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _not_writable(target, error) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
