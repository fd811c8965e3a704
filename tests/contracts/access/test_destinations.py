"""No row ends up outside its writer's reach: every reference that can be written, to a foreign or confidential place, by form,
API, bulk and import (exam A 9; security.md T2)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse
from rest_framework import serializers

from pmo_portal import api_urls
from projects.hierarchy.models import Node, Project
from projects.models import BudgetLine, Milestone, Risk
from tests.contracts.access.addresses import Ask, address
from tests.contracts.access.crawl import Crawl, checksums
from tests.contracts.access.people import Someone, someone
from tests.contracts.access.places import Places, built
from tests.projects.exchange.files import csv_bytes

WRITERS = ("pmo", "portfolio_manager", "project_manager", "service_account")
OURS = (Project, Node, Milestone, BudgetLine, Risk)


@pytest.fixture
def crawl(db: None) -> Crawl:
    return Crawl(built())


def references() -> Iterator[tuple[str, str, type[models.Model]]]:
    """(base name, member, model) of every member of the API that takes the id of a project or a container."""
    for _prefix, viewset, base in api_urls.router.registry:
        serializer = getattr(viewset, "serializer_class", None)
        if not getattr(viewset, "rights", None) or serializer is None:
            continue
        for name, column in serializer().fields.items():
            if isinstance(column, serializers.PrimaryKeyRelatedField) and not column.read_only:
                model = column.get_queryset().model
                if issubclass(model, Project | Node):
                    yield base, name, model


def targets(places: Places, model: type[models.Model], role: str) -> list[int]:
    """Places outside the reach of a role over NORTH; a PMO there sees the confidential project."""
    if issubclass(model, Node):
        return [places.south.pk, places.named["programme"]["foreign"]]
    return [places.foreign.pk] + ([] if role == "pmo" else [places.hidden.pk])


@pytest.mark.parametrize("role", WRITERS)
def test_by_the_api(crawl: Crawl, role: str) -> None:
    places, asker, tried = crawl.places, someone("inside", role, crawl.places), 0
    before = checksums()
    for base, member, model in references():
        create = Ask(f"{base}-list", "POST", "-")
        item = Ask(f"{base}-detail", "PATCH", "open")
        for target in targets(places, model, role):
            for ask in (create, item):
                body = {**crawl.bodies.of(ask), member: target}
                status = api(crawl, asker, ask, body)
                assert 400 <= status < 500, (ask, member, target, status)
                tried += 1
            rows = {"rows": [{**crawl.bodies.of(create), member: target, "external_ref": "X1"}]}
            if base in ("api-project", "api-milestone", "api-budget-line", "api-risk"):
                path = reverse(f"{base}-bulk")
                answer = asker.browser().post(path, rows, content_type="application/json", headers=asker.signature)
                assert answer.status_code >= 400
                tried += 1
    assert tried >= 20
    unchanged(before)


def api(crawl: Crawl, asker: Someone, ask: Ask, body: dict[str, Any]) -> int:
    path, tag = address(ask, crawl.places, asker), crawl.bodies.tag(ask, asker)
    headers = {**asker.signature, **({"If-Match": tag} if tag else {})}
    client = asker.browser()
    method = client.post if ask.method == "POST" else client.patch
    return int(method(path, body, content_type="application/json", headers=headers).status_code)


@pytest.mark.parametrize("role", WRITERS)
def test_by_form_and_bulk(crawl: Crawl, role: str) -> None:
    places, asker = crawl.places, someone("inside", role, crawl.places)
    before = checksums()
    south, foreign, hidden, ours = places.south.pk, places.foreign.pk, places.hidden.pk, places.open.pk
    version = Project.objects.get(pk=ours).version
    forms: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("projects:project-create", [], {"code": "NEW", "name": "New", "node": south, "currency": "EUR"}),
        ("projects:project-create", [], {"code": "NEW", "name": "New", "node": places.north.pk, "parent": foreign}),
        ("projects:project-move", [ours], {"node": south, "version": version}),
        ("projects:programme-create", [], {"code": "NEWP", "name": "New", "parent": south, "currency": "EUR"}),
        ("projects:member-create", [], {"user": places.named["user"]["ordinary"], "role": "viewer", "node": south}),
        (
            "projects:member-create",
            [],
            {"user": places.named["user"]["ordinary"], "role": "viewer", "project": foreign},
        ),
        ("reporting:project-bulk", ["phase"], {"sel": [foreign], "seen": [f"{foreign}.1"], "phase": "X", "apply": "1"}),
    ]
    if role != "pmo":
        forms.append(("reporting:project-bulk", ["phase"],
                      {"sel": [hidden], "seen": [f"{hidden}.{places.hidden.version}"], "phase": "X", "apply": "1"}))  # fmt: skip
    for name, args, body in forms:
        answer = asker.browser().post(reverse(name, args=args), body)
        assert answer.status_code in (302, 403, 404, 422), (name, body, answer.status_code)
    unchanged(before)


@pytest.mark.parametrize("role", WRITERS)
def test_by_import(crawl: Crawl, role: str) -> None:
    """A file into a foreign portfolio, and one into the own portfolio that names a programme elsewhere."""
    asker, before = someone("inside", role, crawl.places), checksums()
    for code, rows in (
        ("SOUTH", [["Code", "Nom du projet"], ["NEW", "New"]]),
        ("NORTH", [["Code", "Nom du projet", "Programme"], ["NEW", "New", "QUAY"]]),
    ):
        file = SimpleUploadedFile("suivi.csv", csv_bytes(rows))
        body = {"file": file, "profile": "generic", "portfolio": code, "dry_run": "false"}
        answer = asker.browser().post(reverse("api-import-list"), body, headers=asker.signature)
        assert answer.status_code >= 400 or code == "NORTH", (role, code, answer.status_code)
    south = crawl.places.south.path
    assert not Project.objects.filter(path__startswith=south, code="NEW").exists()
    assert {name: one for name, one in checksums().items() if name == "projects_risk"} == {
        "projects_risk": before["projects_risk"]
    }


def unchanged(before: dict[str, str]) -> None:
    after = checksums()
    tables = [model._meta.db_table for model in OURS] + ["projects_membership"]
    assert [name for name in tables if after[name] != before[name]] == []
