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
OTHERS = {".mm", ".rcp", ".sch", ".rcmp", ".msrcp"}  # kinds of projects that lie beside .sm files
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
        """Everything is read before anything is computed; what is computed is in the file at once."""
        projects, bad = self._read(options["directory"])
        target: Path = options["out"]
        _writable(target)
        for line in _shown(bad):
            self.stderr.write(line)
        starts: dict[str, dict[str, int]] = {}
        try:
            self._level(projects, starts, options)
        except KeyboardInterrupt as error:
            raise CommandError(
                _("Interrupted: %(done)d of %(all)d files are levelled and in %(target)s.")
                % {"done": len(starts), "all": len(projects), "target": target}
                if starts
                else _("Interrupted. Nothing was written.")
            ) from error
        left = len(bad) + len(projects) - len(starts)
        if left:
            raise CommandError(
                ngettext(
                    "%(count)d file is not in %(target)s, for the reason above.",
                    "%(count)d files are not in %(target)s, for the reasons above.",
                    left,
                )
                % {"count": left, "target": target}
            )

    def _level(self, projects: dict[str, Project], starts: dict[str, dict[str, int]], options: dict[str, Any]) -> None:
        target: Path = options["out"]
        workers = options["workers"] or len(os.sched_getaffinity(0))
        single.warm_up()
        began, proven = time.monotonic(), 0
        for name, project in projects.items():
            found = single.level(project.network, seconds=options["seconds"], seed=options["seed"], workers=workers)
            if not self._sound(name, project, found):
                continue
            starts[name] = dict(zip(project.jobs, found.starts.tolist(), strict=True))
            _write(target, starts)
            proven += found.proven
            self._say(name, found, options["verbosity"])
        self.stdout.write(
            ngettext(
                "%(count)d file levelled in %(seconds).0f s, %(proven)d proven the shortest: %(target)s",
                "%(count)d files levelled in %(seconds).0f s, %(proven)d proven the shortest: %(target)s",
                len(starts),
            )
            % {"count": len(starts), "seconds": time.monotonic() - began, "proven": proven, "target": target}
        )

    def _read(self, directory: Path) -> tuple[dict[str, Project], list[str]]:
        """What can be levelled, and a line for each file that cannot."""
        try:
            files = sorted(path for path in directory.iterdir() if path.is_file())
        except OSError as error:
            raise CommandError(
                _("%(directory)s cannot be read: %(reason)s. Name a directory with .sm files.")
                % {"directory": directory, "reason": error.strerror}
            ) from error
        paths = [path for path in files if path.suffix.lower() == ".sm"]
        if not paths:
            raise CommandError(
                _("There is no .sm file in %(directory)s. Name the directory that holds them itself.")
                % {"directory": directory}
            )
        others = [path.name for path in files if path.suffix.lower() in OTHERS]
        if others:
            self.stderr.write(
                ngettext(
                    "%(count)d file is of another kind and left out (%(name)s): only single-mode .sm files are levelled.",
                    "%(count)d files are of another kind and left out (%(name)s …): only single-mode .sm files are levelled.",
                    len(others),
                )
                % {"count": len(others), "name": others[0]}
            )
        projects, bad = {}, []
        for path in paths:
            try:
                projects[path.name] = psplib.read(path)
            except BadFile as error:
                bad.append(_told(path, error))
            except OSError as error:
                bad.append(_("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror})
        if not projects:
            raise CommandError("\n".join([*_shown(bad), _("Nothing was written.")]))
        return projects, bad

    def _sound(self, name: str, project: Project, found: single.Schedule) -> bool:
        """Whether the independent check finds no fault; one would be the engine's."""
        faults = checking.faults(project.network, found.starts.tolist())
        if faults:
            self.stderr.write(
                _("%(file)s: the schedule found breaks a rule (%(fault)s) and is left out; please report this.")
                % {"file": name, "fault": faults[0]}
            )
        return not faults

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
        self.stdout.flush()  # seen at once where it goes into a file, too


def _told(path: Path, error: BadFile) -> str:
    problem = _(TEXTS[error.code]) % error.values
    if not error.line:
        return f"{path}: {problem}"
    return _("%(file)s, line %(line)d: %(problem)s") % {"file": path, "line": error.line, "problem": problem}


def _shown(bad: list[str]) -> list[str]:
    more = len(bad) - SHOWN
    rest = [ngettext("… and %(count)d more bad file", "… and %(count)d more bad files", more) % {"count": more}]
    return [*bad[:SHOWN], *(rest if more > 0 else [])]


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
    """Whole at any moment: a file beside it takes its place."""
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
