from django.db import migrations, models

from pmo_portal.core.migrating import AddChecks


class Migration(migrations.Migration):

    atomic = False  # the rows are read after the lock of the table is given back

    dependencies = [
        ("projects", "0013_a_lost_factor_is_told"),
    ]

    operations = [
        migrations.AlterModelOptions("milestoneforecast", {"ordering": ("milestone_id", "recorded_on"), "verbose_name": "forecast of a milestone"}),
        AddChecks(
            "node",
            [
                models.CheckConstraint(condition=models.Q(kind__in=["portfolio", "programme"]), name="node_kind_is_known"),
                models.CheckConstraint(condition=models.Q(origin__in=["own", "real", "scenario"]), name="node_origin_is_known"),
                models.CheckConstraint(condition=models.Q(scale__in=["pilote", "entreprise", "dca5", "dca3", "cio5"]), name="node_scale_is_known"),
            ],
        ),
        AddChecks(
            "project",
            [
                models.CheckConstraint(condition=models.Q(state__in=["initiating", "planning", "executing", "closing", "closed", "suspended", "stopped"]), name="project_state_is_known"),
                models.CheckConstraint(condition=models.Q(size__in=["S", "M", "L", "XL", ""]), name="project_size_is_known"),
                models.CheckConstraint(condition=models.Q(delivery_mode__in=["predictive", "agile", "hybrid", ""]), name="project_delivery_mode_is_known"),
                models.CheckConstraint(condition=models.Q(investment_class__in=["run", "grow", "transform", ""]), name="project_investment_class_is_known"),
                models.CheckConstraint(condition=models.Q(confidentiality__in=["public", "confidential"]), name="project_confidentiality_is_known"),
                models.CheckConstraint(condition=models.Q(declared__in=["green", "amber_green", "amber", "amber_red", "red", "reset", "not_rated", "not_applicable", ""]), name="project_declared_is_known"),
                models.CheckConstraint(condition=models.Q(declared_trend__in=["up", "flat", "down", ""]), name="project_declared_trend_is_known"),
            ],
        ),
        AddChecks(
            "membership",
            [
                models.CheckConstraint(condition=models.Q(role__in=["administrator", "pmo", "executive", "committee_member", "sponsor", "portfolio_manager", "project_manager", "resource_manager", "finance", "assurance", "contributor", "viewer", "service_account"]), name="membership_role_is_known"),
                models.CheckConstraint(condition=models.Q(source__in=["", "sso", "emergency"]), name="membership_source_is_known"),
            ],
        ),
        AddChecks(
            "notice",
            [
                models.CheckConstraint(condition=models.Q(kind__in=["viewed_as", "emergency", "mfa_reset"]), name="notice_kind_is_known"),
            ],
        ),
        AddChecks(
            "importbatch",
            [
                models.CheckConstraint(condition=models.Q(state__in=["staged", "applied", "undone"]), name="import_batch_state_is_known"),
            ],
        ),
        AddChecks(
            "budgetline",
            [
                models.CheckConstraint(condition=models.Q(kind__in=["initial", "revised", "committed", "actual", "forecast"]), name="budget_line_kind_is_known"),
                models.CheckConstraint(condition=models.Q(cost_type__in=["capex", "opex", ""]), name="budget_line_cost_type_is_known"),
                models.CheckConstraint(condition=models.Q(source__in=["manual", "import"]), name="budget_line_source_is_known"),
            ],
        ),
        AddChecks(
            "risk",
            [
                models.CheckConstraint(condition=models.Q(kind__in=["threat", "opportunity"]), name="risk_kind_is_known"),
                models.CheckConstraint(condition=models.Q(status__in=["proposed", "assessing", "approval", "active", "rejected", "closed"]), name="risk_status_is_known"),
                models.CheckConstraint(condition=models.Q(response__in=["avoid", "reduce", "accept", "transfer", "exploit", "enhance", ""]), name="risk_response_is_known"),
            ],
        ),
    ]
