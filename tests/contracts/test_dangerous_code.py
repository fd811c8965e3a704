"""What may lead outside, run text as code or pass by the rules is written in few places, each named here (exam 25).

Read from the source, without running it: a new place fails until somebody has looked at it and added its line.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.contracts.test_house import MODULES, ROOT, TEMPLATES, shown

SQL_CALLS = {"cursor", "raw", "extra", "RawSQL", "execute", "executemany", "copy_expert", "mogrify"}
# Where SQL is written by hand: every value is a parameter, every name a constant of ours.
SQL = {
    "pmo_portal/core/identity/tidy.py", "projects/access/view_as.py", "pmo_portal/core/audit.py",
    "pmo_portal/core/ledger_sql.py", "pmo_portal/core/sql_trace.py", "pmo_portal/core/audit_chain.py",
    "pmo_portal/core/database_roles.py", "pmo_portal/core/editing.py", "pmo_portal/core/health_check.py",
    "pmo_portal/core/management/commands/doctor.py", "pmo_portal/core/management/commands/migrate.py",
    "pmo_portal/core/migrating.py", "pmo_portal/core/quotas.py", "pmo_portal/core/readiness.py", "pmo_portal/core/retention.py",
    "pmo_portal/core/sql_comments.py", "pmo_portal/core/work.py", "pmo_portal/demo/generator.py",
    "pmo_portal/demo/management/commands/load_demo.py", "projects/exchange/services/apply.py",
    "projects/exchange/services/bulk.py", "reporting/health/selectors.py", "reporting/health/services/integrity.py",
    "reporting/health/services/photographs.py", "reporting/health/services/queue.py", "reporting/health/services/refresh.py",
    "reporting/health/services/rollups.py", "reporting/health/timeline.py", "reporting/status/services/freezing.py",
    "reporting/comparing/selectors.py", "reporting/health/services/thresholds.py", "projects/access/backend.py",
    "projects/access/models.py", "projects/roster/services.py", "projects/roster/waiting.py",
    "projects/resources/selectors/time.py",
    "portfolio/capacity/selectors/picture.py", "portfolio/capacity/selectors/requests.py",
    "portfolio/capacity/services/groups.py", "portfolio/capacity/services/people.py", "portfolio/capacity/services/queue.py",
    "reporting/dashboards/selectors/capacity.py", "reporting/health/staffing.py",
    "reporting/dashboards/selectors/calibration.py", "reporting/health/lasting.py", "reporting/health/services/frozen.py",
}  # fmt: skip
SAFE_CALLS = {"mark_safe", "SafeString", "SafeText"}
# Where text is declared to be HTML: its parts are escaped on the spot (performance.md, point 2).
SAFE = {
    "pmo_portal/core/filters.py", "pmo_portal/core/table_markup.py", "pmo_portal/core/tables.py",
    "pmo_portal/core/templatetags/chart.py", "pmo_portal/core/templatetags/days.py", "pmo_portal/core/templatetags/health.py",
    "pmo_portal/core/templatetags/money.py", "pmo_portal/core/templatetags/ui.py", "reporting/charts/svg.py",
    "portfolio/capacity/cells.py", "portfolio/capacity/svg.py",
    "reporting/dashboards/answers.py", "reporting/dashboards/cells.py", "reporting/dashboards/overview.py",
}  # fmt: skip
PROGRAMS = {"subprocess", "pty", "commands"}
STARTS_PROGRAMS = {  # fixed commands, no shell
    "pmo_portal/core/child_process.py", "pmo_portal/core/embedded_servers.py", "pmo_portal/core/supervisor.py",
    "projects/exchange/sandbox.py",
}  # fmt: skip
OUTSIDE = {"requests", "urllib3", "httpx", "aiohttp", "http.client", "ftplib", "smtplib", "socket", "urllib.request"}
CALLS_OUT = {
    "pmo_portal/core/probe.py": "its own /healthz",
    "pmo_portal/core/embedded_servers.py": "whether a socket of ours answers",
    "pmo_portal/core/supervisor.py": "whether a port is free",
    "pmo_portal/core/identity/letters.py": "the errors of sending mail",
    "reporting/alerts/services/letters.py": "the errors of sending mail",
}
NEVER = {"marshal", "shelve", "dill", "yaml", "joblib", "xml.etree", "xml.sax", "xml.dom", "lxml.etree", "ctypes"}
LOOKED_AT = {
    "pmo_portal/core/child_process.py": "ctypes: a child gives up its rights before it starts",
    "projects/exchange/child.py": "ctypes: a child gives up the network before it reads a file",
    "pmo_portal/core/identity/saml.py": "lxml: the name of its error",
}
PICKLE = {"pmo_portal/core/signed_cache.py": "signed", "pmo_portal/core/kept.py": "the name of its error"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """(last name, call) of every call."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")), node


def imports(path: Path) -> set[str]:
    """Every module that is imported, and what is imported from it, as dotted names."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def importing(names: set[str]) -> set[str]:
    return {
        shown(path)
        for path in MODULES
        if any(one == name or one.startswith(f"{name}.") for one in imports(path) for name in names)
    }


def calling(names: set[str]) -> set[str]:
    return {shown(path) for path in MODULES if any(name in names for name, _call in calls(path))}


def test_sql_is_written_where_it_was_looked_at() -> None:
    assert calling(SQL_CALLS) - SQL == set()


def test_html_is_declared_where_it_was_looked_at() -> None:
    assert calling(SAFE_CALLS) - SAFE == set()
    loose = re.compile(r"\|\s*safe\b|autoescape off|\{%\s*debug")
    assert [shown(path) for path in TEMPLATES if loose.search(path.read_text())] == []


def test_programs_and_the_outside_have_few_doors() -> None:
    assert importing(PROGRAMS) - STARTS_PROGRAMS == set()
    assert importing(OUTSIDE) - set(CALLS_OUT) == set()
    shells = [
        shown(path)
        for path in MODULES
        for name, call in calls(path)
        if any(one.arg == "shell" for one in call.keywords)
    ]
    assert shells == []
    assert [shown(path) for path in MODULES if "os.system(" in path.read_text()] == []
    assert calling({"popen", "spawnl", "execl", "startfile"}) == set()


def test_nothing_runs_text_as_code_or_reads_what_may_run() -> None:
    assert importing(NEVER) == set(LOOKED_AT)
    assert importing({"pickle"}) == set(PICKLE)
    found = [
        f"{shown(path)}:{call.lineno}"
        for path in MODULES
        for name, call in calls(path)
        if isinstance(call.func, ast.Name) and name in {"eval", "exec", "__import__", "compile"}
    ]
    assert found == []


def test_no_attribute_is_named_by_a_request() -> None:
    """`getattr(x, request.…)` and `filter(**request.…)`: names of fields come from us (T14, T15)."""
    told_by_others = re.compile(
        r"request\.(GET|POST|data|query_params|headers|COOKIES|META)|\b(cleaned_data|query_params)\b"
    )
    found = []
    for path in MODULES:
        for name, call in calls(path):
            named = call.args[1:2] if name in {"getattr", "setattr", "delattr", "hasattr"} else []
            spread = [one.value for one in call.keywords if one.arg is None] if name in FILTERS else []
            ordered = (
                call.args
                if name in {"order_by", "values", "values_list", "only", "defer", "select_related", "F"}
                else []
            )
            found += [
                f"{shown(path)}:{call.lineno}"
                for one in [*named, *spread, *ordered]
                if told_by_others.search(ast.unparse(one))
            ]
    assert found == []


FILTERS = {
    "filter",
    "exclude",
    "get",
    "Q",
    "annotate",
    "aggregate",
    "update",
    "create",
    "get_or_create",
    "update_or_create",
}


def test_fields_are_named_one_by_one() -> None:
    assert [
        shown(path)
        for path in MODULES
        if re.search(r"""fields\s*=\s*["']__all__["']|exclude\s*=\s*[\[(]""", path.read_text())
    ] == []


def test_the_rules_would_notice(tmp_path: Path) -> None:
    """These tests read source: each kind of mistake, written down, is found."""
    bad = tmp_path / "bad.py"
    bad.write_text(
        "import pickle\nfrom os import system\nModel.objects.raw('x')\ngetattr(row, request.GET['f'])\nmark_safe(x)\n"
    )
    assert {"pickle", "os", "os.system"} == imports(bad)
    assert [name for name, _call in calls(bad)] == ["raw", "getattr", "mark_safe"]


def test_every_exception_to_the_security_rules_says_why() -> None:
    """A `noqa: S…` is followed by its reason in brackets, or stands where the reason is the line above."""
    silent = []
    for path in [*MODULES, ROOT / "manage.py"]:
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            match = re.search(r"#\s*(?:ruff:\s*)?noqa:\s*S[0-9]{3}(?P<why>.*)", line)
            if match and "(" not in match["why"] and shown(path) not in REASONS:
                silent.append(f"{shown(path)}:{number + 1}")
    assert silent == []


# The reason for the exceptions of a module as a whole.
REASONS = {
    "pmo_portal/core/models.py": "a word for a kind of origin, no secret",
    "pmo_portal/core/ledger_sql.py": "names of tables and columns come from the models",
    "pmo_portal/core/audit_chain.py": "names of columns come from the catalogue, quoted",
    "pmo_portal/core/child_process.py": "commands are lists made of constants and paths of ours; no shell",
    "pmo_portal/core/supervisor.py": "commands are lists made of constants and paths of ours; no shell",
    "pmo_portal/core/embedded_servers.py": "commands are lists made of constants and paths of ours; no shell",
    "pmo_portal/core/production.py": "a sentence about passwords, none of them",
    "pmo_portal/core/management/commands/portal.py": "an address is compared, none is listened at",
    "pmo_portal/demo/accounts.py": "the demo's password and token name, printed when it starts",
    "projects/exchange/services/bulk.py": "names of columns come from the models",
    "reporting/health/services/photographs.py": "names of columns come from the models",
}
