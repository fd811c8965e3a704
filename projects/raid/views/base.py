"""What the registers of a project share: one tab, a switch between them, and what is open first."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from projects.hierarchy.models import Project
from projects.hierarchy.views.base import EDIT_REGISTERS, ProjectTab, RowDeletePage
from projects.hierarchy.visibility import Access
from projects.raid.selectors import open_counts

NAMES: dict[str, Promise] = {
    "risk": _("Risks"),
    "issue": _("Issues"),
    "action": pgettext_lazy("register", "Actions"),
    "decision": _("Decisions"),
    "dependency": _("Dependencies"),
    "assessment": _("Reviews"),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One register in the switch: `count` is how many of its lines are open, None on a past day."""

    label: str
    url: str
    count: int | None
    current: bool


class RegisterTab(ProjectTab):
    """`?show=all` lists what is over too."""

    tab = "risks"
    register: ClassVar[str]

    def rows(self) -> list[Any]:
        """Every line of the register, now or on the day shown."""
        raise NotImplementedError

    def context(self, **extra: Any) -> dict[str, Any]:
        found, today = self.rows(), self.trail.day if self.trail else timezone.localdate()
        for row in found:
            row.is_late = row.is_open and row.due_date is not None and row.due_date < today
        everything = self.request.GET.get("show") == "all"
        still_open = [row for row in found if row.is_open]
        return super().context(
            rows=found if everything else still_open,
            open_count=len(still_open),
            all_count=len(found),
            everything=everything,
            registers=leaves(self.project, self.register, self.user, past=self.trail is not None),
            **extra,
        )


def leaves(project: Project, current: str, user: Any, *, past: bool) -> list[Leaf]:
    """The registers of the project that this user reads, with how much is open in each."""
    hidden = set() if Access.of(user).sees("assessments", project) else {"assessment"}
    hidden |= {"dependency"} if past else set()  # told in the history of neither project
    known = [name for name in NAMES if name not in hidden]
    counts = {} if past else open_counts(project)
    return [
        Leaf(str(NAMES[name]), reverse(f"projects:{name}-list", args=[project.pk]), counts.get(name), name == current)
        for name in known
    ]


class ClosePage(RowDeletePage):
    """Asks, then brings a line to its end: it stays in the register and in the history."""

    template = "projects/raid/close.html"
    permission = EDIT_REGISTERS
    explanation: ClassVar[Any] = ""
    button: ClassVar[Any] = ""
