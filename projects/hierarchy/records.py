"""The kinds of records whose history has a page, each with who may read it. Slices and apps above add theirs.

Whoever sees a record reads its history, as far as its fields are for them (`history.in_words`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from pmo_portal.core.models import User
from pmo_portal.core.registry import Registry
from projects.hierarchy.models import Node, Project


@dataclass(frozen=True, slots=True)
class Kind:
    """`rows(reader)` are the records this reader may see; `home(record)` is where a record is shown.

    `of_project(project)` says where records are shown that hang off a project: their history outlives them.
    """

    key: str
    model: type[models.Model]
    rows: Callable[[User], models.QuerySet[Any]]
    home: Callable[[Any], str]
    of_project: str = ""


kinds: Registry[Kind] = Registry("histories")


def visible(model: type[models.Model]) -> Callable[[User], models.QuerySet[Any]]:
    """The rows of a model that knows itself who sees them."""
    return lambda reader: model._default_manager.all().visible_to(reader)  # type: ignore[attr-defined]


def on_tab(name: str) -> Callable[[Any], str]:
    """The tab of its project that shows a record."""
    return lambda record: reverse(name, args=[record.project_id])


def add(key: str, model: type[models.Model], **how: Any) -> None:
    """Give a kind of record its history page; `tab` is the URL name of the tab of its project that shows it."""
    tab = how.pop("tab", "")
    home = how.pop("home", None) or on_tab(tab)
    kinds.add(key, Kind(key, model, how.pop("rows", None) or visible(model), home, of_project=tab))


def address(target_type: str, pk: int) -> str:
    """Where the history of a record is read; "" for kinds that have no page."""
    if target_type == Project._meta.label:
        return reverse("projects:project-history", args=[pk])
    for kind in kinds:
        if kind.model._meta.label == target_type:
            return reverse("projects:record-history", args=[kind.key, pk])
    return ""


add("container", Node, home=lambda node: node.get_absolute_url())
