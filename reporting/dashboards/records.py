"""The records of this app whose history has a page."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from projects.access.policy import EDIT_THRESHOLDS, allowed_everywhere
from projects.hierarchy import records
from projects.hierarchy.selectors import nodes_where
from reporting.health.models import Threshold


def limits(reader: Any) -> Any:
    """The limits whose history this reader may read: those they may set."""
    everywhere = allowed_everywhere(reader, EDIT_THRESHOLDS)
    return Threshold.objects.filter(Q() if everywhere else Q(node__in=nodes_where(reader, EDIT_THRESHOLDS)))


records.add("limit", Threshold, rows=limits, home=lambda limit: reverse("reporting:threshold-list"))
