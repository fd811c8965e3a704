"""What is sent with the rows of the access tables that write: what somebody with every right would get through.

A page's own form says what it holds: its initial values, and something plausible in what is required and empty. `BODIES` is for
what a form cannot know.
"""

import json
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.test import Client
from django.utils import timezone

from pmo_portal import api_urls
from portfolio.relief.models import Proposal
from projects.resources.selectors.team import SPAN, months_from
from tests import make
from tests.contracts.access.addresses import Ask, address
from tests.contracts.access.people import Someone, stay_fresh
from tests.contracts.access.places import Places


def member_body(places: Places, kind: str) -> dict[str, Any]:
    return {"user": places.named["user"]["ordinary"], "role": "contributor", "node": places.north.pk}


REVIEW = {"scale": "dca5", "rating": "red", "assessed_on": "2026-11-20", "summary": "Late", "version": "1"}


def row_of_grid(places: Places, kind: str) -> dict[str, Any]:
    """A row of the plain form of the grid, which changes nothing."""
    months = months_from(timezone.localdate(), SPAN)
    held = ["10" if month == date(2027, 1, 1) else "" for month in months]
    typed = {f"c-{month:%Y-%m}": amount for month, amount in zip(months, held, strict=True)}
    row = places.named["allocation"][kind if kind in ("open", "hidden", "foreign") else "open"]
    return {"row": row, "what": "asked", "seen": ";".join(held), **typed}


def answer_of_proposal(places: Places, kind: str) -> dict[str, Any]:
    """In the version it has: what hides a mark in its words has moved it."""
    row = Proposal.objects.filter(pk=places.named["proposal"][kind]).first()
    return {"version": row.version if row else 1, "answer": "No"}


BODIES: dict[str, Any] = {
    "projects:team-grid": row_of_grid,
    "projects:allocation-grid": row_of_grid,
    "projects:allocation-answers": lambda p, k: {"sel": [p.named["allocation"]["open"]]},
    "projects:allocation": lambda p, k: {"version": "1", "verb": "propose", "who": "", "m-2027-01": "8"},
    "portfolio:leveling-list": lambda p, k: {"moves": "1000", "seed": "1"},
    **{f"portfolio:proposal-{verb}": answer_of_proposal for verb in ("accept", "refuse", "withdraw")},
    "projects:assessment-create": lambda p, k: REVIEW,
    "projects:assessment-edit": lambda p, k: REVIEW,
    "projects:assessment-release": lambda p, k: {"version": "1"},
    "projects:member-create": member_body,
    "projects:user-create": lambda p, k: {"username": "newcomer", "password": make.PASSWORD, "language": "fr"},
    "projects:project-create": lambda p, k: {"code": "NEW", "name": "New", "node": p.named["programme"]["open"],
                                             "state": "initiating", "currency": "EUR"},
    "projects:person-export": lambda p, k: {"format": "csv"},
    "reporting:project-bulk": lambda p, k: {"sel": [p.open.pk], "phase": "Build", "preview": "1"},
    "reporting:report": lambda p, k: {"action": "save", "summary": "Well", "was.summary": ""},
    "reporting:report-draft": lambda p, k: {"summary": "Well", "was.summary": ""},
    "reporting:collection-fix": lambda p, k: {"question": "forecast"},
    "reporting:period-step": lambda p, k: {"action": "close"},
    "reporting:report-review": lambda p, k: {"action": "correct", "comment": "Which date?"},
    "reporting:calendar-edit": lambda p, k: {"cadence": "monthly", "since": str(make.TODAY), "opens_before": "4",
                                             "due_after": "2", "review_days": "3", "country": "FR", "ambers_before_red": "0",
                                             "is_active": "on", "version": "1"},
    "reporting:view-save": lambda p, k: {"page": "projects", "name": "Late", "query": "q=x"},
    "projects:emergency-open": lambda p, k: {"code": f"/projects/{p.hidden.pk}/", "minutes": "30", "reason": "Fire"},
    "core:token-list": lambda p, k: {"name": "report", "days": "30"},
    "account_login": lambda p, k: {"username": "keeper", "password": make.PASSWORD},
    "core:sign-in": lambda p, k: {"username": "keeper", "password": make.PASSWORD},
    "core:preferences": lambda p, k: {"language": "en", "theme": "auto", "density": "compact"},
}  # fmt: skip


class Bodies:
    """Bodies by row, worked out once with the eyes of a superuser."""

    def __init__(self, places: Places) -> None:
        self.places = places
        user = make.user("root", is_superuser=True)
        self.root = Someone("special", "root", user, Client(raise_request_exception=False))
        self.root.client.force_login(user)
        stay_fresh(self.root.client)
        self.root.session = self.root.client.cookies[settings.SESSION_COOKIE_NAME].value
        self.known: dict[Ask, Any] = {}
        self.tags: dict[tuple[str, str, str], str] = {}

    def of(self, ask: Ask) -> Any:
        if ask not in self.known:
            self.known[ask] = self.api(ask) if ask.is_api else self.page(ask) if ask.method == "POST" else {}
        return self.known[ask]

    def tag(self, ask: Ask, asker: Someone) -> str:
        """The ETag of the row an address of the API names, as somebody saw it who may; '' where there is none."""
        if not ask.is_api or ask.method == "GET" or ask.kind in ("-", "none"):
            return ""
        who = asker if ask.kind == "mine" else self.root
        key = (ask.name, ask.kind, who.name)
        if key not in self.tags:
            item = Ask(ask.name.rsplit("-", 1)[0] + "-detail", "GET", ask.kind)
            self.tags[key] = (
                who.browser().get(address(item, self.places, who), headers=who.signature).headers.get("ETag", "")
            )
        return self.tags[key]

    def page(self, ask: Ask) -> dict[str, Any]:
        """The form of the page, filled in."""
        if ask.name in BODIES:
            return dict(BODIES[ask.name](self.places, ask.kind))
        answer = self.root.browser().get(address(ask, self.places, self.root))
        context = answer.context if answer.status_code == 200 and answer.context is not None else {}
        form = context.get("form")
        if not isinstance(form, forms.BaseForm):
            return {}
        filled = {form.add_prefix(name): self.filled(form, name) for name in form.fields}
        version = context.get("version")
        return {name: value for name, value in filled.items() if value is not None} | (
            {"version": version} if version is not None else {}
        )

    def filled(self, form: forms.BaseForm, name: str) -> Any:
        """What the field holds, or something it accepts."""
        value, column = form[name].value(), form.fields[name]
        if isinstance(column, forms.BooleanField):
            return "on" if value else None
        if value not in (None, ""):
            return value
        if not column.required:
            return None
        if name == "parent":  # its choices stand by path, a text: the first of them is another one once numbers grow
            return self.places.named["portfolio"]["open"]
        if isinstance(column, forms.ModelChoiceField):
            return getattr(column.queryset.first(), "pk", None)
        if isinstance(column, forms.ChoiceField):
            return next((value for value, _label in column.choices if value), None)
        if isinstance(column, forms.DateField):
            return "2027-01-04"
        if isinstance(column, forms.IntegerField | forms.DecimalField):
            return "1"
        return "NEW" if name == "code" else "Something new"

    def api(self, ask: Ask) -> Any:
        """The example of the documentation, about rows of this world."""
        named = {base: one for _prefix, one, base in api_urls.router.registry if ask.name.startswith(f"{base}-")}
        examples = getattr(named[max(named, key=len)], "examples", {}) if named else {}
        verb = ask.name.rsplit("-", 1)[-1]
        if verb in ("status", "take", "refuse", "schedule", "lapse", "release", "correct", "revise"):
            return examples.get(verb, {})
        if verb in ("propose", "confirm", "split"):
            return self.about_here({**examples[verb]})
        if ask.method == "POST" and ask.name.endswith("-list"):
            return self.about_here({**examples.get("create", {})})
        if ask.method == "PATCH":
            return dict(examples.get("change", {}))
        if ask.method == "PUT" and ask.name == "api-reporting-calendar-detail":  # it stays where it is
            return {**examples["create"], "node": self.places.named["node"][ask.kind]}
        if ask.method == "PUT":
            return self.about_here({**examples.get("create", {})}, ask.kind)
        return {}

    def about_here(self, body: dict[str, Any], kind: str = "open") -> dict[str, Any]:
        """The example with our ids in the place of the documentation's."""
        named = self.places.named
        ours = {
            "project": named["project"].get(kind, named["project"]["open"]),
            "node": named["programme"]["foreign" if kind == "foreign" else "open"],
            "parent": self.places.south.pk if kind == "foreign" else self.places.north.pk,
        }
        ours |= {
            "user": named["user"]["ordinary"],
            "membership": named["member"]["open"],
            "delegate": named["delegate"]["open"],
        }
        ours |= dict.fromkeys(("first", "last"), str(timezone.localdate()))
        for name in ("role", "unit", "skill", "calendar", "person"):
            if isinstance(body.get(name), int):
                ours[name] = named["working-calendar" if name == "calendar" else name]["open"]
        return {name: ours.get(name, value) for name, value in body.items()}


def sent(client: Client, ask: Ask, path: str, body: Any, headers: dict[str, str]) -> Any:
    """Send the row's request; a browser's session for both, since the API takes it too."""
    if ask.method == "POST" and not ask.is_api:
        return client.post(path, body, headers=headers)
    if ask.method == "GET":
        return client.get(path, headers=headers)
    data = json.dumps(body) if ask.method in ("POST", "PUT", "PATCH") else ""
    return client.generic(ask.method, path, data, content_type="application/json", headers=headers)
