"""Whose requests count: those of projects that go on.

What is closed, stopped or has left the portfolio asks nobody and loads nobody, whatever was granted to it. What is on hold keeps
its people: it resumes, and whoever needs them meanwhile asks for them (docs/decisions/0220).
"""

from django.db.models import Q

from projects.hierarchy.models import Project

# The same for a query of our own; `p` is the project.
GOING_ON = "p.left_on IS NULL AND p.state NOT IN ({})".format(", ".join(f"'{state}'" for state in Project.OVER))


def going_on(project: str = "project") -> Q:
    """The filter for a query that reaches the project through `project`."""
    return Q(**{f"{project}__left_on__isnull": True}) & ~Q(**{f"{project}__state__in": Project.OVER})
