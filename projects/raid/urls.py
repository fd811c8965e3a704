"""The registers of a project."""

from django.urls import path

from projects.raid.views import actions, assessments, decisions, dependencies, issues, risks

urlpatterns = [
    path("projects/<int:project>/risks/", risks.RiskList.as_view(), name="risk-list"),
    path("projects/<int:project>/risks/new/", risks.RiskCreate.as_view(), name="risk-create"),
    path("risks/<int:pk>/edit/", risks.RiskEdit.as_view(), name="risk-edit"),
    path("risks/<int:pk>/close/", risks.RiskClose.as_view(), name="risk-close"),
    path("risks/<int:pk>/delete/", risks.RiskDelete.as_view(), name="risk-delete"),
    path("projects/<int:project>/issues/", issues.IssueList.as_view(), name="issue-list"),
    path("projects/<int:project>/issues/new/", issues.IssueCreate.as_view(), name="issue-create"),
    path("issues/<int:pk>/edit/", issues.IssueEdit.as_view(), name="issue-edit"),
    path("issues/<int:pk>/close/", issues.IssueClose.as_view(), name="issue-close"),
    path("issues/<int:pk>/delete/", issues.IssueDelete.as_view(), name="issue-delete"),
    path("projects/<int:project>/actions/", actions.ActionList.as_view(), name="action-list"),
    path("projects/<int:project>/actions/new/", actions.ActionCreate.as_view(), name="action-create"),
    path("actions/<int:pk>/edit/", actions.ActionEdit.as_view(), name="action-edit"),
    path("actions/<int:pk>/close/", actions.ActionClose.as_view(), name="action-close"),
    path("actions/<int:pk>/delete/", actions.ActionDelete.as_view(), name="action-delete"),
    path("projects/<int:project>/decisions/", decisions.DecisionList.as_view(), name="decision-list"),
    path("projects/<int:project>/decisions/new/", decisions.DecisionCreate.as_view(), name="decision-create"),
    path("decisions/<int:pk>/edit/", decisions.DecisionEdit.as_view(), name="decision-edit"),
    path("decisions/<int:pk>/take/", decisions.DecisionTake.as_view(), name="decision-take"),
    path("decisions/<int:pk>/schedule/", decisions.DecisionSchedule.as_view(), name="decision-schedule"),
    path("decisions/<int:pk>/lapse/", decisions.DecisionLapse.as_view(), name="decision-lapse"),
    path("decisions/<int:pk>/reopen/", decisions.DecisionReopen.as_view(), name="decision-reopen"),
    path("decisions/<int:pk>/delete/", decisions.DecisionDelete.as_view(), name="decision-delete"),
    path("dependencies/", dependencies.DependencyPage.as_view(), name="dependencies"),
    path("projects/<int:project>/dependencies/", dependencies.DependencyList.as_view(), name="dependency-list"),
    path("projects/<int:project>/dependencies/new/", dependencies.DependencyCreate.as_view(), name="dependency-create"),
    path("dependencies/<int:pk>/edit/", dependencies.DependencyEdit.as_view(), name="dependency-edit"),
    path("dependencies/<int:pk>/close/", dependencies.DependencyClose.as_view(), name="dependency-close"),
    path("dependencies/<int:pk>/delete/", dependencies.DependencyDelete.as_view(), name="dependency-delete"),
    path("projects/<int:project>/assessments/", assessments.AssessmentList.as_view(), name="assessment-list"),
    path("projects/<int:project>/assessments/new/", assessments.AssessmentCreate.as_view(), name="assessment-create"),
    path("assessments/<int:pk>/edit/", assessments.AssessmentEdit.as_view(), name="assessment-edit"),
    path("assessments/<int:pk>/release/", assessments.AssessmentRelease.as_view(), name="assessment-release"),
    path("assessments/<int:pk>/delete/", assessments.AssessmentDelete.as_view(), name="assessment-delete"),
]
