"""A freeze takes a photograph of each project, which pages and sums of its day show; those of earlier freezes are made from
what they kept.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reporting.health import timeline

PROTECT = """
CREATE TRIGGER reporting_healthfrozen_protect BEFORE UPDATE OR DELETE OR TRUNCATE ON reporting_healthfrozen
FOR EACH STATEMENT EXECUTE FUNCTION reporting_snapshot_protect();
"""
UNPROTECT = "DROP TRIGGER reporting_healthfrozen_protect ON reporting_healthfrozen"
# Everything a photograph shows is in a snapshot but the key of the manager, which is that of history at the instant. Which photograph holds a day: `reporting.health.services.frozen.keep`.
FROM_SNAPSHOTS = """
    WITH placed AS (
        SELECT s.*, p.starts_on, (p.frozen_at AT TIME ZONE %(zone)s)::date AS day,
            (s.frozen_at AT TIME ZONE %(zone)s)::date = (p.frozen_at AT TIME ZONE %(zone)s)::date AS own_day,
            lag(s.id) OVER (PARTITION BY s.project_id, s.period_id ORDER BY s.revision) AS followed
        FROM reporting_snapshot s JOIN reporting_reportingperiod p ON p.id = s.period_id
    ), holding AS (
        SELECT placed.*, own_day AND coalesce(max(starts_on) FILTER (WHERE own_day) OVER earlier <= starts_on, true) AS holds
        FROM placed WINDOW earlier AS (PARTITION BY project_id, day ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), kept AS (
        SELECT holding.*, CASE WHEN holds THEN day END AS frozen_on,
            coalesce(followed, CASE WHEN holds THEN max(id) FILTER (WHERE holds) OVER earlier END) AS replaces_id,
            content->'project' AS whose, content->'report' AS report, content->'health' AS health, content->'money' AS money
        FROM holding WINDOW earlier AS (PARTITION BY project_id, day ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    INSERT INTO reporting_healthfrozen (
        snapshot_id, project_id, period_id, frozen_at, frozen_on, replaces_id, code, external_ref, name, name_en, node_id,
        portfolio_id, path, confidential, counted, state, phase, manager_id, manager_name, key_message, must_win, declared,
        declared_label, declared_rag, declared_on, trend, computed, gap, schedule, cost, risk, freshness, reasons, start_date,
        baseline_start, baseline_end, forecast_end, slip_days, slip_percent, percent_complete, budget, eac, committed, actual,
        year_budget, year_forecast, cost_variance, cost_variance_percent, currency, open_risks, max_risk, late_milestones,
        next_milestone, next_milestone_en, next_milestone_date, next_milestone_slip, data_date
    )
    SELECT kept.id, kept.project_id, kept.period_id, kept.frozen_at, kept.frozen_on, kept.replaces_id, kept.code,
        coalesce(whose->>'external_ref', ''), kept.name, kept.name_en, coalesce(node.id, project.node_id),
        coalesce(portfolio.id, project.portfolio_id), kept.path, kept.confidential, coalesce((whose->>'counted')::boolean, true),
        kept.state, coalesce(whose->>'phase', ''), history.manager_id, coalesce(whose->>'manager_name', ''),
        coalesce(report->>'key_message', ''), coalesce((whose->>'must_win')::boolean, false), kept.declared, '',
        kept.declared_rag,
        CASE WHEN kept.declared <> '' THEN ((report->>'submitted_at')::timestamptz AT TIME ZONE %(zone)s)::date END,
        kept.trend, kept.computed, kept.gap, coalesce(health->>'schedule', 'grey'), coalesce(health->>'cost', 'grey'),
        coalesce(health->>'risk', 'grey'), coalesce(health->>'freshness', 'grey'), coalesce(health->'reasons', '[]'),
        (whose->>'start_date')::date, (whose->>'baseline_start')::date, kept.baseline_end, kept.forecast_end,
        (health->>'slip_days')::int, (health->>'slip_percent')::numeric, kept.percent_complete, kept.budget, kept.eac,
        (money->>'committed')::numeric, kept.actual, (money->>'year_budget')::numeric, (money->>'year_forecast')::numeric,
        (money->>'cost_variance')::numeric, (money->>'cost_variance_percent')::numeric, kept.currency,
        jsonb_array_length(coalesce(kept.content->'risks', '[]')), kept.max_risk, coalesce((health->>'late_milestones')::int, 0),
        coalesce(next.name, ''), coalesce(next.name_en, ''), next.expected, next.expected - next.baseline,
        (whose->>'data_date')::date
    FROM kept
    JOIN projects_project project ON project.id = kept.project_id
    LEFT JOIN projects_node node ON node.id = (regexp_match(kept.path, '([0-9]+)/p'))[1]::bigint
    LEFT JOIN projects_node portfolio ON portfolio.id = (whose->>'portfolio_id')::bigint
    LEFT JOIN LATERAL (
        SELECT manager_id FROM reporting_healthhistory
        WHERE project_id = kept.project_id AND valid_from <= kept.frozen_at AND (valid_to IS NULL OR valid_to > kept.frozen_at)
        LIMIT 1
    ) AS history ON true
    LEFT JOIN LATERAL (
        SELECT one->>'name' AS name, one->>'name_en' AS name_en, (one->>'baseline_date')::date AS baseline,
            coalesce(one->>'forecast_date', one->>'baseline_date')::date AS expected
        FROM jsonb_array_elements(coalesce(kept.content->'milestones', '[]')) AS one
        WHERE one->>'actual_date' IS NULL AND coalesce(one->>'forecast_date', one->>'baseline_date') IS NOT NULL
        ORDER BY expected, (one->>'position')::int, (one->>'id')::bigint LIMIT 1
    ) AS next ON true
    ORDER BY kept.id
"""


def make_photographs(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FROM_SNAPSHOTS, {"zone": settings.TIME_ZONE})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the trigger could not be made in this transaction


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0015_registers_of_what_is_open'),
        ('reporting', '0011_what_was_submitted'),
    ]

    operations = [
        migrations.CreateModel(
            name='HealthAsOf',
            fields=[
                ('code', models.CharField(max_length=60)),
                ('external_ref', models.CharField(blank=True, max_length=200)),
                ('name', models.CharField(max_length=300)),
                ('name_en', models.CharField(blank=True, max_length=300)),
                ('path', models.CharField(db_collation='C', max_length=440)),
                ('confidential', models.BooleanField(default=False)),
                ('counted', models.BooleanField(default=True)),
                ('state', models.CharField(choices=[('initiating', 'Initiating'), ('planning', 'Planning'), ('executing', 'Executing'), ('closing', 'Closing'), ('closed', 'Closed'), ('suspended', 'On hold'), ('stopped', 'Stopped')], max_length=10)),
                ('phase', models.CharField(blank=True, max_length=80)),
                ('manager_id', models.BigIntegerField(null=True)),
                ('manager_name', models.CharField(blank=True, max_length=200)),
                ('key_message', models.CharField(blank=True, max_length=140)),
                ('must_win', models.BooleanField(default=False)),
                ('declared', models.CharField(blank=True, max_length=14)),
                ('declared_label', models.CharField(blank=True, max_length=200)),
                ('declared_rag', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='declared colour')),
                ('declared_on', models.DateField(null=True)),
                ('trend', models.CharField(blank=True, max_length=4)),
                ('computed', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='computed colour')),
                ('gap', models.SmallIntegerField(null=True)),
                ('schedule', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='schedule')),
                ('cost', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='cost')),
                ('risk', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='risks')),
                ('freshness', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='data age')),
                ('reasons', models.JSONField(default=list)),
                ('start_date', models.DateField(null=True)),
                ('baseline_start', models.DateField(null=True)),
                ('baseline_end', models.DateField(null=True)),
                ('forecast_end', models.DateField(null=True)),
                ('slip_days', models.IntegerField(null=True)),
                ('slip_percent', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('percent_complete', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('budget', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('eac', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('committed', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('actual', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('year_budget', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('year_forecast', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('cost_variance', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('cost_variance_percent', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('open_risks', models.PositiveIntegerField(default=0)),
                ('max_risk', models.PositiveSmallIntegerField(null=True)),
                ('late_milestones', models.PositiveIntegerField(default=0)),
                ('next_milestone', models.CharField(blank=True, max_length=300)),
                ('next_milestone_en', models.CharField(blank=True, db_default='', max_length=300)),
                ('next_milestone_date', models.DateField(null=True)),
                ('next_milestone_slip', models.IntegerField(null=True)),
                ('data_date', models.DateField(null=True)),
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('snapshot_id', models.BigIntegerField(null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('is_frozen', models.BooleanField()),
                ('frozen_on', models.DateField(null=True)),
            ],
            options={
                'db_table': 'reporting_healthasof',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='HealthFrozen',
            fields=[
                ('code', models.CharField(max_length=60)),
                ('external_ref', models.CharField(blank=True, max_length=200)),
                ('name', models.CharField(max_length=300)),
                ('name_en', models.CharField(blank=True, max_length=300)),
                ('path', models.CharField(db_collation='C', max_length=440)),
                ('confidential', models.BooleanField(default=False)),
                ('counted', models.BooleanField(default=True)),
                ('state', models.CharField(choices=[('initiating', 'Initiating'), ('planning', 'Planning'), ('executing', 'Executing'), ('closing', 'Closing'), ('closed', 'Closed'), ('suspended', 'On hold'), ('stopped', 'Stopped')], max_length=10)),
                ('phase', models.CharField(blank=True, max_length=80)),
                ('manager_id', models.BigIntegerField(null=True)),
                ('manager_name', models.CharField(blank=True, max_length=200)),
                ('key_message', models.CharField(blank=True, max_length=140)),
                ('must_win', models.BooleanField(default=False)),
                ('declared', models.CharField(blank=True, max_length=14)),
                ('declared_label', models.CharField(blank=True, max_length=200)),
                ('declared_rag', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='declared colour')),
                ('declared_on', models.DateField(null=True)),
                ('trend', models.CharField(blank=True, max_length=4)),
                ('computed', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='computed colour')),
                ('gap', models.SmallIntegerField(null=True)),
                ('schedule', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='schedule')),
                ('cost', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='cost')),
                ('risk', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='risks')),
                ('freshness', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='data age')),
                ('reasons', models.JSONField(default=list)),
                ('start_date', models.DateField(null=True)),
                ('baseline_start', models.DateField(null=True)),
                ('baseline_end', models.DateField(null=True)),
                ('forecast_end', models.DateField(null=True)),
                ('slip_days', models.IntegerField(null=True)),
                ('slip_percent', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('percent_complete', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('budget', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('eac', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('committed', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('actual', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('year_budget', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('year_forecast', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('cost_variance', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('cost_variance_percent', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('open_risks', models.PositiveIntegerField(default=0)),
                ('max_risk', models.PositiveSmallIntegerField(null=True)),
                ('late_milestones', models.PositiveIntegerField(default=0)),
                ('next_milestone', models.CharField(blank=True, max_length=300)),
                ('next_milestone_en', models.CharField(blank=True, db_default='', max_length=300)),
                ('next_milestone_date', models.DateField(null=True)),
                ('next_milestone_slip', models.IntegerField(null=True)),
                ('data_date', models.DateField(null=True)),
                ('snapshot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='reporting.snapshot')),
                ('frozen_at', models.DateTimeField()),
                ('frozen_on', models.DateField(null=True)),
                ('node', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.node')),
                ('period', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reporting.reportingperiod')),
                ('portfolio', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.node')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.project')),
                ('replaces', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reporting.healthfrozen')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('frozen_on__isnull', False)), fields=['frozen_on', 'project'], name='frozen_of_day'), models.Index(fields=['period', 'project'], name='frozen_of_period'), models.Index(condition=models.Q(('replaces__isnull', False)), fields=['replaces'], name='frozen_replaced')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaces__isnull', True)), fields=('project', 'frozen_on'), name='frozen_one_begins_a_day'), models.CheckConstraint(condition=models.Q(('state__in', ['initiating', 'planning', 'executing', 'closing', 'closed', 'suspended', 'stopped'])), name='health_frozen_state_is_known'), models.CheckConstraint(condition=models.Q(('declared_rag__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_declared_rag_is_known'), models.CheckConstraint(condition=models.Q(('computed__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_computed_is_known'), models.CheckConstraint(condition=models.Q(('schedule__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_schedule_is_known'), models.CheckConstraint(condition=models.Q(('cost__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_cost_is_known'), models.CheckConstraint(condition=models.Q(('risk__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_risk_is_known'), models.CheckConstraint(condition=models.Q(('freshness__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_freshness_is_known')],
            },
        ),
        migrations.RunPython(timeline.create_as_of, lambda _apps, editor: editor.execute("DROP VIEW reporting_healthasof")),
        migrations.RunPython(make_photographs, migrations.RunPython.noop),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
