from django.db import migrations, models

from pmo_portal.core.migrating import AddChecks


class Migration(migrations.Migration):

    atomic = False  # the rows are read after the lock of the table is given back

    dependencies = [
        ("reporting", "0006_what_was_reported_keeps_its_project"),
    ]

    operations = [
        AddChecks(
            "rollup",
            [
                models.CheckConstraint(condition=models.Q(audience__in=["open", "full"]), name="rollup_audience_is_known"),
            ],
        ),
        AddChecks(
            "rolluphistory",
            [
                models.CheckConstraint(condition=models.Q(audience__in=["open", "full"]), name="rollup_history_audience_is_known"),
            ],
        ),
        AddChecks(
            "projecthealth",
            [
                models.CheckConstraint(condition=models.Q(state__in=["initiating", "planning", "executing", "closing", "closed", "suspended", "stopped"]), name="project_health_state_is_known"),
                models.CheckConstraint(condition=models.Q(declared_rag__in=["green", "amber", "red", "grey"]), name="project_health_declared_rag_is_known"),
                models.CheckConstraint(condition=models.Q(computed__in=["green", "amber", "red", "grey"]), name="project_health_computed_is_known"),
                models.CheckConstraint(condition=models.Q(schedule__in=["green", "amber", "red", "grey"]), name="project_health_schedule_is_known"),
                models.CheckConstraint(condition=models.Q(cost__in=["green", "amber", "red", "grey"]), name="project_health_cost_is_known"),
                models.CheckConstraint(condition=models.Q(risk__in=["green", "amber", "red", "grey"]), name="project_health_risk_is_known"),
                models.CheckConstraint(condition=models.Q(freshness__in=["green", "amber", "red", "grey"]), name="project_health_freshness_is_known"),
            ],
        ),
        AddChecks(
            "healthpast",
            [
                models.CheckConstraint(condition=models.Q(state__in=["initiating", "planning", "executing", "closing", "closed", "suspended", "stopped"]), name="health_past_state_is_known"),
                models.CheckConstraint(condition=models.Q(declared_rag__in=["green", "amber", "red", "grey"]), name="health_past_declared_rag_is_known"),
                models.CheckConstraint(condition=models.Q(computed__in=["green", "amber", "red", "grey"]), name="health_past_computed_is_known"),
                models.CheckConstraint(condition=models.Q(schedule__in=["green", "amber", "red", "grey"]), name="health_past_schedule_is_known"),
                models.CheckConstraint(condition=models.Q(cost__in=["green", "amber", "red", "grey"]), name="health_past_cost_is_known"),
                models.CheckConstraint(condition=models.Q(risk__in=["green", "amber", "red", "grey"]), name="health_past_risk_is_known"),
                models.CheckConstraint(condition=models.Q(freshness__in=["green", "amber", "red", "grey"]), name="health_past_freshness_is_known"),
            ],
        ),
        AddChecks(
            "threshold",
            [
                models.CheckConstraint(condition=models.Q(key__in=["slip_percent", "milestone_days", "cost_percent", "risk_level", "age_days"]), name="threshold_key_is_known"),
            ],
        ),
    ]
