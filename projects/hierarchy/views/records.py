"""The history of one record: who changed what, in plain words, for whoever sees the record."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from pmo_portal.core import undo
from pmo_portal.core.keyset import cut
from pmo_portal.core.models import AuditEvent
from pmo_portal.core.navigation import find_entry
from pmo_portal.core.views import ListPage
from projects.hierarchy import history
from projects.hierarchy.models import Project
from projects.hierarchy.records import Kind, kinds
from projects.hierarchy.telling import noun_of
from projects.hierarchy.views.history import NEWEST_FIRST, PAGE


class RecordHistory(ListPage):
    """`/history/<kind>/<pk>/`. A record that is gone keeps its history for whoever sees the project it belonged to."""

    template = "projects/hierarchy/record_history.html"
    fragment = "projects/hierarchy/_history.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["kind"] not in kinds:
            raise Http404
        self.kind: Kind = kinds[kwargs["kind"]]

    def events(self) -> QuerySet[AuditEvent]:
        label = self.kind.model._meta.label
        rows = AuditEvent.objects.filter(target_type=label, target_id=self.kwargs["pk"])
        return rows.select_related("actor", "on_behalf_of")

    def project_left(self) -> Project:
        """The project of a record that is gone, else 404: a hidden one takes as many statements as one that never was."""
        there = self.kind.model.objects.filter(pk=self.kwargs["pk"]).exists()  # type: ignore[attr-defined]
        last = self.events().order_by("-at", "-pk").first()
        if last is None or there or not self.kind.of_project:
            raise Http404
        project = get_object_or_404(Project.objects.visible_to(self.user), pk=last.project_id or 0)
        if not history.told_to(self.user, project).filter(pk=last.pk).exists():
            raise Http404
        return project

    def context(self, **extra: Any) -> dict[str, Any]:
        record = self.kind.rows(self.user).filter(pk=self.kwargs["pk"]).first()
        gone_from = None if record else self.project_left()
        back = self.kind.home(record) if record else reverse(self.kind.of_project, args=[gone_from.pk])  # type: ignore[union-attr]
        found = cut(self.events(), NEWEST_FIRST, after=self.request.GET.get("after", ""), size=PAGE)
        newest = found.rows[:1]
        editable = bool(newest) and not self.request.GET.get("after") and self.may_restore(newest[0])
        label = (getattr(record, "label", None) or str(record)) if record else newest[0].label
        return super().context(
            record=record,
            project=gone_from or (getattr(record, "project", None) if self.kind.of_project else None),
            label=label,
            noun=noun_of(self.kind.model._meta.label),
            back=back,
            entries=history.in_words(found.rows, reader=self.user, editable=editable),
            after=found.after,
            asked=f"{self.kind.model._meta.label}:{self.kwargs['pk']}",
            log=find_entry("audit", self.user),
            **extra,
        )

    def may_restore(self, event: AuditEvent) -> bool:
        return event.target_type in undo.ways and undo.ways[event.target_type].may_restore(event, user=self.user)
