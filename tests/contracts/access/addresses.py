"""Every address of the site and what is asked of it: the rows the access tables must have.

A row is (URL name, method, class of object). What `pk` or `code` names follows from the URL's name ("risk-edit" → a risk) unless
`ODD` says otherwise; the classes a noun has are those of `places.Places.named` and `CLASSES`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.contracts.access.people import Someone
from tests.contracts.access.places import MISSING, Places

PAGE_METHODS = ("GET", "POST")
API_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# noun: the classes asked for. open/hidden: public and confidential below NORTH; foreign: below SOUTH; none: no such row.
CLASSES: dict[str, tuple[str, ...]] = {
    "project": ("open", "hidden", "foreign", "none"),
    "milestone": ("open", "hidden", "foreign", "none"),
    "budget-line": ("open", "hidden", "foreign", "none"),
    "risk": ("open", "hidden", "foreign", "none"),
    "issue": ("open", "hidden", "foreign", "none"),
    "action": ("open", "hidden", "foreign", "none"),
    "decision": ("open", "hidden", "foreign", "none"),
    "assessment": ("open", "hidden", "foreign", "none"),
    "dependency": ("open", "hidden", "foreign", "none"),
    "allocation": ("open", "hidden", "foreign", "none"),
    "proposal": ("open", "hidden", "foreign", "none"),
    "report": ("open", "hidden", "foreign", "none"),
    "period": ("open", "foreign", "none"),
    "calendar": ("open", "foreign", "none"),
    "snapshot": ("open", "hidden", "foreign", "none"),
    "person": ("open", "hidden", "foreign", "none"),
    **dict.fromkeys(
        (
            "unit",
            "role",
            "skill",
            "person-skill",
            "unit-share",
            "working-calendar",
            "calendar-exception",
            "work-pattern",
            "absence",
            "profile",
            "generic-capacity",
            "pooled-capacity",
            "rate",
        ),
        ("open", "none"),  # a directory, too
    ),
    "node": ("open", "foreign", "none"),
    "portfolio": ("open", "foreign", "none"),
    "programme": ("open", "foreign", "none"),
    "code": ("open", "foreign", "none"),
    "programme-code": ("open", "foreign", "none"),
    "member": ("open", "hidden", "foreign", "everywhere", "none"),
    "delegation": ("open", "hidden", "foreign", "none"),
    "user": ("ordinary", "administrator", "none"),
    "service-account": ("program", "none"),
    "token": ("mine", "other", "none"),
    "view": ("mine", "other", "none"),
    "workbook": ("mine", "other", "none"),
    "leveling": ("mine", "other", "none"),
    "import": ("open", "foreign", "none"),
    "milestone-forecast": ("open", "hidden", "foreign", "none"),
    "external-key": ("open", "hidden", "foreign", "none"),
    "audit-event": ("open", "hidden", "foreign", "none"),
    "threshold": ("open", "foreign", "none"),
    "import-profile": ("other", "none"),
    "chart": ("trend", "cost-curve", "overruns", "foreign", "none"),
}
# URL name: what its argument names, where the name does not tell.
ODD = {
    "reporting:portfolio": "code",
    "reporting:portfolio-figures": "code",
    "reporting:portfolio-chart": "code",
    "reporting:programme": "programme-code",
    "reporting:threshold-edit": "code",
    "reporting:chart": "chart",
    "reporting:chart-data": "chart",
    "portfolio:project-proposals": "project",
    "projects:record-history": "risk",
    "projects:view-as-start": "user",
    "projects:import-profile-save": "import",
    "reporting:report": "report",
    "reporting:report-review": "report",
    "reporting:report-workbook-review": "workbook",
    "api-report-workbook-detail": "workbook",
    "api-report-workbook-apply": "workbook",
    "reporting:report-workbook-apply": "workbook",
    "reporting:report-workbook-discard": "workbook",
    "reporting:period-step": "period",
    "reporting:collection-fix": "period",
    "reporting:period-calibration": "period",
    "reporting:calendar-edit": "code",
    "reporting:report-draft": "report",
    "reporting:report-current": "project",
    "projects:people-import-review": "import",  # of another kind: it is not there
    **dict.fromkeys(("api-people-import-detail", "api-people-import-apply", "api-people-import-undo"), "import"),
    "projects:allocation-import-review": "import",
    **dict.fromkeys((f"api-allocation-import-{name}" for name in ("detail", "apply", "undo")), "import"),
    "projects:working-calendar-exception-create": "working-calendar",
    "api-health-detail": "project",
    "api-health-history": "project",
    "api-project-status": "project",
    "api-rollup-detail": "node",
    "api-reporting-calendar-detail": "calendar",
    **{f"api-reporting-period-{verb}": "period" for verb in ("detail", "open", "close", "freeze")},
    **{
        f"api-status-report-{verb}": "report"
        for verb in ("detail", "submit", "withdraw", "validate", "correct", "revise")
    },
    "api-person-load": "person",
    "api-membership-detail": "member",
    "api-saved-view-detail": "view",
}
# Addresses whose argument names nothing that has a reader, and the addresses behind patterns without a name of their own.
FIXED: dict[str, str] = {
    "projects:allocation-answers": "/allocations/answers/?verb=confirm",
    "portfolio:capacity-file": "/capacity/file/csv/",
    "reporting:capacity-figures-file": "/capacity/indicators/file/csv/",
    "portfolio:relief": "/capacity/gives-way/?by=role&grain=month&row=0&at=2027-01-01",
    "portfolio:relief-file": "/capacity/gives-way/file/csv/?by=role&grain=month&row=0&at=2027-01-01",
    "portfolio:proposal-file": "/capacity/proposals/file/csv/?view=all",
    "projects:import-template": "/imports/template-en.xlsx",
    "reporting:project-bulk": "/projects/bulk/phase/",
    "api-missing": "/api/v1/nothing/",
    "api-without-slash": "/api/v1/nothing",
    "set-up": "/set-up/wrong/",
    "account_reset_password_from_key": "/sign-in/password/1-wrong/",
    "account_confirm_email": "/account/email/wrong/",
    "openid_connect_login": "/sign-in/with/none/",
    "openid_connect_callback": "/sign-in/with/none/back/",
    "saml_login": "/sign-in/saml/none/",
    "saml_acs": "/sign-in/saml/none/acs/",
    "saml_finish_acs": "/sign-in/saml/none/acs/finish/",
    "saml_sls": "/sign-in/saml/none/sls/",
    "saml_metadata": "/sign-in/saml/none/metadata/",
    "mfa_remove_webauthn": f"/account/keys/{MISSING}/remove/",
    "mfa_edit_webauthn": f"/account/keys/{MISSING}/edit/",
    "projects:delegation-end": f"/preferences/delegations/{MISSING}/end/",
    "projects:notice-seen": f"/notices/{MISSING}/seen/",
    "projects:emergency-end": f"/users/emergency/{MISSING}/end/",
    "session-end": f"/account/sessions/{MISSING}/end/",
}
VERBS = {"edit", "delete", "detail", "revoke", "close", "dates", "review", "mapping", "apply", "discard", "undo", "rejects",
         "status", "history", "save", "token", "lend", "end", "take", "refuse", "schedule", "lapse", "reopen", "propose",
         "confirm", "split", "release"}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One row of the tables."""

    name: str
    method: str
    kind: str

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-")


def named_patterns(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the site with its full name."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from named_patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", entry


def noun_of(name: str) -> str:
    """What the argument of this URL names; '' when the table does not know."""
    if name in ODD:
        return ODD[name]
    words = name.split(":")[-1].removeprefix("api-").split("-")
    while words and words[-1] in VERBS and "-".join(words) not in CLASSES:
        words.pop()
    for noun in ("-".join(words), words[0] if words else ""):
        if noun in CLASSES:
            return noun
    return ""


def arguments(pattern: URLPattern) -> tuple[str, ...]:
    return tuple(pattern.pattern.regex.groupindex) or tuple(getattr(pattern.pattern, "converters", ()))


def classes_of(name: str, pattern: URLPattern) -> tuple[str, ...]:
    """The classes of object this URL is asked with; empty when nobody said what its argument names."""
    asked = arguments(pattern)
    if name in FIXED or not asked:
        return ("-",)
    return CLASSES["project"] if "project" in asked else CLASSES.get(noun_of(name), ())


def methods_of(name: str, pattern: URLPattern) -> tuple[str, ...]:
    """The methods the view answers; those of a view that is a function may be any."""
    view: Any = pattern.callback
    methods = API_METHODS if name.startswith("api-") else PAGE_METHODS
    held = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if held is None:
        return methods
    actions = getattr(view, "actions", None) or [one for one in held.http_method_names if hasattr(held, one)]
    answered = {one.upper() for one in actions if one in held.http_method_names}
    return tuple(one for one in methods if one in answered)


def refused() -> list[Ask]:
    """What no view answers: the other methods of every address."""
    rows = []
    for name, pattern in named_patterns():
        kind = (classes_of(name, pattern) or ("none",))[0]
        rows += [Ask(name, method, kind) for method in API_METHODS if method not in methods_of(name, pattern)]
    return rows


def wanted() -> list[Ask]:
    """All the rows the tables must have, in the order of the site's table of contents."""
    rows: dict[Ask, None] = {}
    for name, pattern in named_patterns():
        methods = methods_of(name, pattern)
        for kind in classes_of(name, pattern):
            rows |= {Ask(name, method, kind): None for method in methods}
    return list(rows)


def address(ask: Ask, places: Places, asker: Someone) -> str:
    """The address of this row for this identity."""
    if ask.name in FIXED:
        return FIXED[ask.name]
    pattern = PATTERNS[ask.name]
    asked = arguments(pattern)
    if not asked:
        return reverse(ask.name)
    values: dict[str, Any] = {"year": 2026, "month": 11, "kind": "csv" if ask.name.endswith("-file") else "risk"}
    if "project" in asked:
        values["project"] = places.named["project"][ask.kind]
    elif noun_of(ask.name) == "chart":
        chart = ask.kind if ask.kind not in ("foreign", "none") else "trend"
        node = {"foreign": "SOUTH", "none": "NOWHERE"}.get(ask.kind, "NORTH")
        return f"{reverse(ask.name, kwargs={'key': chart})}?node={node}"
    else:
        noun = noun_of(ask.name)
        mine = places.mine.get(noun, {}).get(asker.user.pk if asker.user else 0, MISSING)
        values[next(name for name in asked if name not in values)] = (
            mine if ask.kind == "mine" else places.named[noun][ask.kind]
        )
    return reverse(ask.name, kwargs={name: values[name] for name in asked})


PATTERNS = dict(reversed(list(named_patterns())))
