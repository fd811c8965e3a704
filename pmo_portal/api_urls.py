"""The API's table of contents."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from pmo_portal.core.api.site import Index, Missing, Schema, WithoutSlash
from pmo_portal.core.api_docs import docs
from portfolio.capacity.api import Capacity, PersonLoad
from portfolio.relief.api import CapacityOptions, LevelingViewSet, ProposalViewSet
from projects.access.api.audit import AuditEventViewSet
from projects.access.api.delegations import DelegationViewSet
from projects.access.api.me import Me
from projects.access.api.memberships import MembershipViewSet
from projects.access.api.users import UserViewSet
from projects.exchange.api.imports import ImportViewSet
from projects.exchange.api.keys import ExternalKeyViewSet, ImportProfileViewSet
from projects.hierarchy.api import PortfolioViewSet, ProgrammeViewSet
from projects.money.api import BudgetLineViewSet
from projects.planning.api import ForecastViewSet, MilestoneViewSet
from projects.raid.api import (
    ActionViewSet,
    AssessmentViewSet,
    DecisionViewSet,
    DependencyViewSet,
    IssueViewSet,
    RiskViewSet,
)
from projects.resources.api import (
    AbsenceViewSet,
    AllocationViewSet,
    CalendarExceptionViewSet,
    PersonSkillViewSet,
    PersonViewSet,
    PooledCapacityViewSet,
    RateViewSet,
    RoleViewSet,
    SkillViewSet,
    UnitShareViewSet,
    UnitViewSet,
    WorkingCalendarViewSet,
    WorkPatternViewSet,
)
from projects.roster.api import PeopleImportViewSet
from projects.roster.requests.api import RequestImportViewSet
from reporting.comparing.api import Comparisons
from reporting.dashboards.api import SavedViewViewSet
from reporting.dashboards.people_api import Indicators
from reporting.health.api.health import HealthViewSet
from reporting.health.api.projects import ProjectViewSet
from reporting.health.api.rollups import RollupViewSet
from reporting.health.api.thresholds import ThresholdViewSet
from reporting.status.api import CalendarViewSet, PeriodViewSet, ReportViewSet, ReportWorkbookViewSet, SnapshotViewSet

router = SimpleRouter()
router.register("portfolios", PortfolioViewSet, basename="api-portfolio")
router.register("programmes", ProgrammeViewSet, basename="api-programme")
router.register("projects", ProjectViewSet, basename="api-project")
router.register("milestones", MilestoneViewSet, basename="api-milestone")
router.register("milestone-forecasts", ForecastViewSet, basename="api-milestone-forecast")
router.register("budget-lines", BudgetLineViewSet, basename="api-budget-line")
router.register("risks", RiskViewSet, basename="api-risk")
router.register("issues", IssueViewSet, basename="api-issue")
router.register("actions", ActionViewSet, basename="api-action")
router.register("decisions", DecisionViewSet, basename="api-decision")
router.register("dependencies", DependencyViewSet, basename="api-dependency")
router.register("assessments", AssessmentViewSet, basename="api-assessment")
router.register("people", PersonViewSet, basename="api-person")
router.register("units", UnitViewSet, basename="api-unit")
router.register("roles", RoleViewSet, basename="api-role")
router.register("skills", SkillViewSet, basename="api-skill")
router.register("person-skills", PersonSkillViewSet, basename="api-person-skill")
router.register("unit-shares", UnitShareViewSet, basename="api-unit-share")
router.register("working-calendars", WorkingCalendarViewSet, basename="api-working-calendar")
router.register("calendar-exceptions", CalendarExceptionViewSet, basename="api-calendar-exception")
router.register("work-patterns", WorkPatternViewSet, basename="api-work-pattern")
router.register("absences", AbsenceViewSet, basename="api-absence")
router.register("pooled-capacities", PooledCapacityViewSet, basename="api-pooled-capacity")
router.register("rates", RateViewSet, basename="api-rate")
router.register("allocations", AllocationViewSet, basename="api-allocation")
router.register("levelings", LevelingViewSet, basename="api-leveling")
router.register("proposals", ProposalViewSet, basename="api-proposal")
router.register("health", HealthViewSet, basename="api-health")
router.register("rollups", RollupViewSet, basename="api-rollup")
router.register("thresholds", ThresholdViewSet, basename="api-threshold")
router.register("reporting-calendars", CalendarViewSet, basename="api-reporting-calendar")
router.register("reporting-periods", PeriodViewSet, basename="api-reporting-period")
router.register("status-reports", ReportViewSet, basename="api-status-report")
router.register("report-workbooks", ReportWorkbookViewSet, basename="api-report-workbook")
router.register("snapshots", SnapshotViewSet, basename="api-snapshot")
router.register("saved-views", SavedViewViewSet, basename="api-saved-view")
router.register("users", UserViewSet, basename="api-user")
router.register("memberships", MembershipViewSet, basename="api-membership")
router.register("delegations", DelegationViewSet, basename="api-delegation")
router.register("imports", ImportViewSet, basename="api-import")
router.register("people-imports", PeopleImportViewSet, basename="api-people-import")
router.register("allocation-imports", RequestImportViewSet, basename="api-allocation-import")
router.register("import-profiles", ImportProfileViewSet, basename="api-import-profile")
router.register("external-keys", ExternalKeyViewSet, basename="api-external-key")
router.register("audit-events", AuditEventViewSet, basename="api-audit-event")

urlpatterns = [
    path("", Index.as_view(), name="api-root"),
    path("me/", Me.as_view(), name="api-me"),
    path("capacity/", Capacity.as_view(), name="api-capacity"),
    path("capacity/indicators/", Indicators.as_view(), name="api-capacity-indicators"),
    path("capacity/options/", CapacityOptions.as_view(), name="api-capacity-options"),
    path("people/<int:pk>/load/", PersonLoad.as_view(), name="api-person-load"),
    path("comparisons/", Comparisons.as_view(), name="api-comparisons"),
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    *router.urls,
    re_path(r"^[\s\S]*/\Z", Missing.as_view(), name="api-missing"),
    re_path(r"^[\s\S]*[^/]\Z", WithoutSlash.as_view(), name="api-without-slash"),
]
