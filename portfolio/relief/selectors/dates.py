"""The dates that the work of projects leads to: milestones not reached yet, and the end of the project."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from portfolio.relief.later import Dated
from projects.hierarchy.models import Project
from projects.planning.models import Milestone


def dates_of(projects: Sequence[Project]) -> dict[int, list[Dated]]:
    """{project: its dates to come}, the end of the project last: one statement.

    A milestone is where it is forecast, else where its baseline says. The end counts where no milestone is beyond it.
    """
    found: dict[int, list[Dated]] = defaultdict(list)
    rows: Iterable[Milestone] = Milestone.objects.filter(project__in=projects, actual_date__isnull=True)
    for row in rows:
        if day := row.forecast_date or row.baseline_date:
            found[row.project_id].append(Dated(row.pk, row.label, day, row.is_key, row.version, row.is_fixed))
    for project in projects:
        end = project.forecast_end or project.baseline_end
        if end and project.actual_end is None:
            found[project.pk].append(Dated(None, _("End of the project"), end, True, project.version))
    return found
