"""Independent reviews: the register of a project, and the forms behind it (domain.md BR-26)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.as_of import end_of
from projects.access.policy import ASSESS_PROJECT
from projects.hierarchy import records
from projects.hierarchy.declared import Scale
from projects.hierarchy.models import Project
from projects.hierarchy.views.base import ProjectEditPage, ProjectTab, RowEditPage
from projects.hierarchy.visibility import Access
from projects.raid import services
from projects.raid.forms.assessments import AssessmentForm
from projects.raid.models import Assessment
from projects.raid.selectors import assessments, review_beside
from projects.raid.services.assessments import answers_for
from projects.raid.views.base import ClosePage, leaves

TAB = "projects:assessment-list"


def may_assess(user: Any, project: Project) -> bool:
    """Whether this user reviews the project: the right alone is not enough for who answers for it."""
    return bool(user.has_perm(ASSESS_PROJECT, project)) and not answers_for(user, project)


def check_independent(user: Any, project: Project) -> None:
    if answers_for(user, project):
        raise PermissionDenied(_now("You answer for this project: an independent review is somebody else's."))


class AssessmentList(ProjectTab):
    """What was released, and for few the drafts; on a past day what was released by then."""

    template = "projects/raid/assessment_list.html"
    tab = "risks"

    def check_right(self, target: Any = None) -> None:
        if not Access.of(self.user).sees("assessments", self.project):
            raise PermissionDenied

    def context(self, **extra: Any) -> dict[str, Any]:
        shown = super().context(**extra)
        day = self.day
        at = end_of(day) if day else None
        return shown | {
            "rows": assessments(self.project, self.user, at=at),
            "current": review_beside(self.project, self.user),
            "may_assess": day is None and may_assess(self.user, self.project),
            "registers": leaves(self.project, "assessment", self.user, past=day is not None),
        }


class AssessmentCreate(ProjectEditPage):
    title = _("New independent review")
    saved_message = _("Draft saved: nobody but those who review and those who decide reads it")
    permission = ASSESS_PROJECT
    form_class = AssessmentForm
    back = TAB

    def get_target(self) -> None:
        return None

    def check_right(self, target: Any = None) -> None:
        super().check_right(target)
        check_independent(self.user, self.project)

    def get_form(self, data: Any = None) -> AssessmentForm:
        three = self.project.portfolio.scale == Scale.DCA3
        first = {"assessed_on": self.on, "scale": Assessment.Scale.DCA3 if three else Assessment.Scale.DCA5}
        return AssessmentForm(data, initial=first)

    def save(self, form: Any, version: int | None) -> Assessment:
        return services.create_assessment(project=self.project, by=self.user, on=self.on, **form.cleaned_data)


class AssessmentEdit(RowEditPage):
    title = _("Edit the independent review")
    saved_message = _("Draft saved")
    permission = ASSESS_PROJECT
    row_model = Assessment
    form_class = AssessmentForm
    back = TAB

    def check_right(self, target: Any = None) -> None:
        super().check_right(target)
        check_independent(self.user, self.project)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was released has no form any more."""
        self.prepare()
        return super().get(request) if self.row.is_draft else redirect(self.back_url())

    def save(self, form: Any, version: int | None) -> Assessment:
        return services.update_assessment(
            assessment=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        gone = f"/assessments/{self.row.pk}/delete/" if self.row.is_draft else ""
        return super().context(delete_url=gone, **extra)


class AssessmentStep(ClosePage):
    """A draft comes to its end, one way or the other."""

    permission = ASSESS_PROJECT
    model = Assessment
    back = TAB

    def check_right(self, target: Any = None) -> None:
        super().check_right(target)
        check_independent(self.user, target.project)

    @property
    def version(self) -> int:
        """The one that was seen, else the one that is stored: a draft that changed meanwhile is read again first."""
        seen = self.request.POST.get("version", "")
        return int(seen) if seen.isdecimal() else self.object.version


class AssessmentRelease(AssessmentStep):
    title = _("Release the independent review")
    button = _("Release it")
    deleted_message = _("Review released")
    explanation = _(
        "From now on it is the review in force: the project manager and the sponsor read it, and it stands beside what is "
        "declared and computed. It cannot be changed any more; a new one takes over from it."
    )

    def delete_object(self) -> None:
        services.release_assessment(
            assessment=self.object, by=self.user, version=self.version, on=self.on, at=timezone.now()
        )


class AssessmentDelete(AssessmentStep):
    title = _("Throw the draft away")
    button = _("Throw it away")
    deleted_message = _("Draft thrown away")
    explanation = _("The history keeps who wrote it and who threw it away.")

    def delete_object(self) -> None:
        services.delete_assessment(assessment=self.object, by=self.user, version=self.version)


def drafts_readable(reader: Any) -> Any:
    """The history of a review tells its drafts: it is for those who read drafts."""
    return Assessment.objects.filter(Access.of(reader).projects("project", group="assessment_drafts"))


records.add("assessment", Assessment, tab=TAB, rows=drafts_readable)
