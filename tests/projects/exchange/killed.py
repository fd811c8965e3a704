"""An import in a process of its own that kills itself with SIGKILL at a chosen statement boundary, COMMIT included."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from pmo_portal.core.models import AuditEvent, Work
from projects.models import BudgetLine, ImportBatch, Milestone, Node, Project

BASE_DIR = Path(__file__).parents[3]
SCRIPT = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.core.management import call_command
from tests.faults.desk import Killer
killer = Killer(int(sys.argv[3]), 2)
killer.install()
call_command("import_portfolio", sys.argv[2], portfolio="OWN", json=True)
print(f"\\n{killer.passed}")
"""


def start(file: Path, *, die_at: int = 0) -> "subprocess.Popen[str]":
    """The import; `die_at` 0 lets it live."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(connection.settings_dict["NAME"]), str(file), str(die_at)],
        cwd=BASE_DIR,
        env={**os.environ, "LOG_LEVEL": "CRITICAL"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """(exit code, output, errors) of an import."""
    out, errors = process.communicate(timeout=300)
    return process.returncode, out, errors


def stored() -> tuple[int, ...]:
    """How much of everything an import writes there is."""
    models = (Node, Project, Milestone, BudgetLine, ImportBatch, AuditEvent, Work)
    return tuple(model.objects.count() for model in models)


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE projects_node, projects_importbatch, core_auditevent, core_work CASCADE")
