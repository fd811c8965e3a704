"""Reporting calendars, periods, status reports, and snapshots that nobody changes."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pmo_portal.core.days_off
from pmo_portal.core.versioning import version_trigger

# As the history: whoever owns the table may rewrite on purpose, saying so; the application's role never may.
PROTECT = """
CREATE FUNCTION reporting_snapshot_protect() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('pmo.rewriting_history', true) = 'on'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'what was frozen is never changed' USING ERRCODE = 'insufficient_privilege';
END $function$;
CREATE TRIGGER reporting_snapshot_protect BEFORE UPDATE OR DELETE OR TRUNCATE ON reporting_snapshot
FOR EACH STATEMENT EXECUTE FUNCTION reporting_snapshot_protect();
"""
UNPROTECT = "DROP FUNCTION reporting_snapshot_protect() CASCADE"


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('projects', '0014_known_words'),
        ('reporting', '0007_known_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='ReportingCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cadence', models.CharField(choices=[('weekly', 'Weekly'), ('fortnightly', 'Fortnightly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly')], default='monthly', max_length=11, verbose_name='cadence')),
                ('since', models.DateField(help_text='The first period is the one of this day.', verbose_name='reports from')),
                ('opens_before', models.PositiveSmallIntegerField(default=4, validators=[django.core.validators.MaxValueValidator(31)], verbose_name='opens, working days before the period ends')),
                ('due_after', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MaxValueValidator(31)], verbose_name='due, working days after the period ends')),
                ('review_days', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(31)], verbose_name='review, working days after the due day')),
                ('country', models.CharField(blank=True, default='FR', max_length=2, validators=[pmo_portal.core.days_off.validate_country], verbose_name='public holidays of')),
                ('region', models.CharField(blank=True, max_length=20, verbose_name='region')),
                ('pmo_edits', models.BooleanField(default=False, verbose_name='the PMO may correct a report under review')),
                ('is_active', models.BooleanField(default=True, verbose_name='periods open by themselves')),
                ('node', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reporting_calendar', to='projects.node', verbose_name='portfolio or programme')),
            ],
            options={
                'verbose_name': 'reporting calendar',
                'verbose_name_plural': 'reporting calendars',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('cadence__in', ['weekly', 'fortnightly', 'monthly', 'quarterly'])), name='reporting_calendar_cadence_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReportingPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cadence', models.CharField(choices=[('weekly', 'Weekly'), ('fortnightly', 'Fortnightly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly')], editable=False, max_length=11)),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('opens_on', models.DateField(verbose_name='opens')),
                ('due_on', models.DateField(verbose_name='due')),
                ('review_until', models.DateField(verbose_name='review until')),
                ('state', models.CharField(choices=[('upcoming', 'Upcoming'), ('open', 'Open'), ('review', 'Under PMO review'), ('frozen', 'Frozen')], default='upcoming', max_length=8, verbose_name='state')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='opened at')),
                ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='frozen at')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='reporting.reportingcalendar')),
            ],
            options={
                'verbose_name': 'reporting period',
                'verbose_name_plural': 'reporting periods',
                'ordering': ('-starts_on', 'pk'),
                'constraints': [
                    models.UniqueConstraint(fields=('calendar', 'starts_on'), name='period_one_per_calendar_and_day'),
                    models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('opens_on')), ('ends_on__gte', models.F('starts_on')), ('review_until__gte', models.F('due_on'))), name='period_days_in_order'),
                    models.CheckConstraint(condition=models.Q(models.Q(('frozen_at__isnull', False), ('state', 'frozen')), models.Q(models.Q(('state', 'frozen'), _negated=True), ('frozen_at__isnull', True)), _connector='OR'), name='period_frozen_at_when_frozen'),
                    models.CheckConstraint(condition=models.Q(('cadence__in', ['weekly', 'fortnightly', 'monthly', 'quarterly'])), name='reporting_period_cadence_is_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['upcoming', 'open', 'review', 'frozen'])), name='reporting_period_state_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StatusReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('revision', models.PositiveSmallIntegerField(default=1, verbose_name='revision')),
                ('revision_reason', models.CharField(blank=True, max_length=500, verbose_name='reason of the revision')),
                ('state', models.CharField(choices=[('not_started', 'Not started'), ('draft', 'Draft'), ('submitted', 'Submitted'), ('to_correct', 'To correct'), ('validated', 'Validated by the PMO'), ('frozen', 'Frozen'), ('not_reported', 'Not reported')], default='not_started', max_length=12, verbose_name='state')),
                ('way', models.CharField(blank=True, choices=[('renew', 'Nothing to report'), ('express', 'Express'), ('full', 'Full')], max_length=7, verbose_name='path')),
                ('declared', models.CharField(blank=True, choices=[('green', 'Green'), ('amber_green', 'Amber/green'), ('amber', 'Amber'), ('amber_red', 'Amber/red'), ('red', 'Red'), ('reset', 'Reset'), ('not_rated', 'Not rated'), ('not_applicable', 'Not applicable')], max_length=14, verbose_name='delivery confidence')),
                ('declared_reason', models.CharField(blank=True, max_length=500, verbose_name='why it is better than computed')),
                ('declared_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='resting on')),
                ('trend', models.CharField(blank=True, choices=[('up', 'Improving'), ('flat', 'Stable'), ('down', 'Worsening')], max_length=4, verbose_name='trend')),
                ('key_message', models.CharField(blank=True, max_length=140, verbose_name='key message')),
                ('summary', models.TextField(blank=True, max_length=1000, verbose_name='summary')),
                ('schedule', models.CharField(blank=True, choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track')], max_length=5, verbose_name='schedule')),
                ('schedule_comment', models.CharField(blank=True, max_length=160, verbose_name='comment on the schedule')),
                ('schedule_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for the schedule')),
                ('schedule_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='evidence for the schedule')),
                ('cost', models.CharField(blank=True, choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track')], max_length=5, verbose_name='cost')),
                ('cost_comment', models.CharField(blank=True, max_length=160, verbose_name='comment on the cost')),
                ('cost_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for the cost')),
                ('cost_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='evidence for the cost')),
                ('scope', models.CharField(blank=True, choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track')], max_length=5, verbose_name='scope')),
                ('scope_comment', models.CharField(blank=True, max_length=160, verbose_name='comment on the scope')),
                ('scope_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for the scope')),
                ('scope_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='evidence for the scope')),
                ('resources', models.CharField(blank=True, choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track')], max_length=5, verbose_name='resources')),
                ('resources_comment', models.CharField(blank=True, max_length=160, verbose_name='comment on the resources')),
                ('resources_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for the resources')),
                ('resources_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='evidence for the resources')),
                ('risk', models.CharField(blank=True, choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track')], max_length=5, verbose_name='risks')),
                ('risk_comment', models.CharField(blank=True, max_length=160, verbose_name='comment on the risks')),
                ('risk_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for the risks')),
                ('risk_evidence', models.CharField(blank=True, choices=[('milestone', 'a milestone'), ('decision', 'a decision'), ('assumption', 'an assumption'), ('wrong_data', 'the data are wrong')], max_length=10, verbose_name='evidence for the risks')),
                ('milestones', models.JSONField(blank=True, default=dict, verbose_name='milestones')),
                ('percent_complete', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='physical % complete')),
                ('percent_reason', models.CharField(blank=True, max_length=500, verbose_name='why progress went back')),
                ('etc', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='estimate to complete')),
                ('exception_cause', models.CharField(blank=True, max_length=500, verbose_name='cause of the exception')),
                ('exception_plan', models.CharField(blank=True, max_length=500, verbose_name='plan to come back')),
                ('highlights', models.JSONField(blank=True, default=list, verbose_name='key achievements')),
                ('next_steps', models.JSONField(blank=True, default=list, verbose_name='next steps')),
                ('risks', models.JSONField(blank=True, default=dict, verbose_name='risks looked at')),
                ('new_risk_title', models.CharField(blank=True, max_length=200, verbose_name='new risk or issue')),
                ('new_risk_kind', models.CharField(blank=True, choices=[('risk', 'Risk'), ('issue', 'Issue')], max_length=5, verbose_name='kind')),
                ('new_risk_probability', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='likelihood')),
                ('new_risk_impact', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='impact')),
                ('ask', models.CharField(blank=True, choices=[('none', 'None'), ('asked', 'Asked for')], max_length=5, verbose_name='support or decision asked for')),
                ('ask_question', models.CharField(blank=True, max_length=300, verbose_name='question')),
                ('ask_options', models.JSONField(blank=True, default=list, verbose_name='options')),
                ('ask_recommendation', models.CharField(blank=True, max_length=300, verbose_name='recommendation')),
                ('ask_needed_by', models.DateField(blank=True, null=True, verbose_name='needed by')),
                ('ask_committee', models.CharField(blank=True, max_length=120, verbose_name='committee')),
                ('ask_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='amount at stake')),
                ('back_to_green', models.DateField(blank=True, null=True, verbose_name='back-to-green date')),
                ('confidential_note', models.CharField(blank=True, max_length=500, verbose_name='confidential note')),
                ('confirmed', models.JSONField(blank=True, default=dict, editable=False)),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='submitted at')),
                ('last_typed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('entry_seconds', models.PositiveIntegerField(default=0, verbose_name='entry time, seconds')),
                ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed at')),
                ('review_comment', models.CharField(blank=True, max_length=1000, verbose_name='comment of the PMO')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('new_risk_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='owner')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reporting.reportingperiod')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='projects.project')),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
            ],
            options={
                'verbose_name': 'status report',
                'verbose_name_plural': 'status reports',
                'ordering': ('-period__starts_on', 'project_id', '-revision'),
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'period', 'revision'), name='report_one_per_revision'),
                    models.CheckConstraint(condition=models.Q(('revision', 1), models.Q(('revision__gt', 1), models.Q(('revision_reason', ''), _negated=True)), _connector='OR'), name='report_revision_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(('percent_complete__isnull', True), ('percent_complete__range', (0, 100)), _connector='OR'), name='report_percent_between_0_and_100'),
                    models.CheckConstraint(condition=models.Q(('etc__isnull', True), ('etc__gte', 0), _connector='OR'), name='report_etc_not_negative'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['not_started', 'draft', 'submitted', 'to_correct', 'validated', 'frozen', 'not_reported'])), name='status_report_state_is_known'),
                    models.CheckConstraint(condition=models.Q(('way__in', ['renew', 'express', 'full', ''])), name='status_report_way_is_known'),
                    models.CheckConstraint(condition=models.Q(('declared__in', ['green', 'amber_green', 'amber', 'amber_red', 'red', 'reset', 'not_rated', 'not_applicable', ''])), name='status_report_declared_is_known'),
                    models.CheckConstraint(condition=models.Q(('declared_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_declared_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('trend__in', ['up', 'flat', 'down', ''])), name='status_report_trend_is_known'),
                    models.CheckConstraint(condition=models.Q(('schedule__in', ['green', 'amber', 'red', ''])), name='status_report_schedule_is_known'),
                    models.CheckConstraint(condition=models.Q(('schedule_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_schedule_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('cost__in', ['green', 'amber', 'red', ''])), name='status_report_cost_is_known'),
                    models.CheckConstraint(condition=models.Q(('cost_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_cost_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('scope__in', ['green', 'amber', 'red', ''])), name='status_report_scope_is_known'),
                    models.CheckConstraint(condition=models.Q(('scope_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_scope_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('resources__in', ['green', 'amber', 'red', ''])), name='status_report_resources_is_known'),
                    models.CheckConstraint(condition=models.Q(('resources_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_resources_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('risk__in', ['green', 'amber', 'red', ''])), name='status_report_risk_is_known'),
                    models.CheckConstraint(condition=models.Q(('risk_evidence__in', ['milestone', 'decision', 'assumption', 'wrong_data', ''])), name='status_report_risk_evidence_is_known'),
                    models.CheckConstraint(condition=models.Q(('new_risk_kind__in', ['risk', 'issue', ''])), name='status_report_new_risk_kind_is_known'),
                    models.CheckConstraint(condition=models.Q(('ask__in', ['none', 'asked', ''])), name='status_report_ask_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveSmallIntegerField()),
                ('frozen_at', models.DateTimeField()),
                ('path', models.CharField(db_collation='C', max_length=440)),
                ('confidential', models.BooleanField()),
                ('is_reported', models.BooleanField()),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=300)),
                ('name_en', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('initiating', 'Initiating'), ('planning', 'Planning'), ('executing', 'Executing'), ('closing', 'Closing'), ('closed', 'Closed'), ('suspended', 'On hold'), ('stopped', 'Stopped')], max_length=10)),
                ('declared', models.CharField(blank=True, max_length=14)),
                ('declared_rag', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='declared colour')),
                ('computed', models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], default='grey', max_length=5, verbose_name='computed colour')),
                ('gap', models.SmallIntegerField(null=True)),
                ('trend', models.CharField(blank=True, max_length=4)),
                ('forecast_end', models.DateField(null=True)),
                ('baseline_end', models.DateField(null=True)),
                ('percent_complete', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('budget', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('eac', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('actual', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('max_risk', models.PositiveSmallIntegerField(null=True)),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='reporting.reportingperiod')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='projects.project')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='snapshot', to='reporting.statusreport')),
            ],
            options={
                'verbose_name': 'snapshot',
                'verbose_name_plural': 'snapshots',
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'period', 'revision'), name='snapshot_one_per_revision'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['initiating', 'planning', 'executing', 'closing', 'closed', 'suspended', 'stopped'])), name='snapshot_state_is_known'),
                    models.CheckConstraint(condition=models.Q(('declared_rag__in', ['green', 'amber', 'red', 'grey'])), name='snapshot_declared_rag_is_known'),
                    models.CheckConstraint(condition=models.Q(('computed__in', ['green', 'amber', 'red', 'grey'])), name='snapshot_computed_is_known'),
                ],
                'indexes': [
                    models.Index(fields=['period', 'path'], name='snapshot_of_period'),
                    models.Index(fields=['project', '-frozen_at'], name='snapshot_of_project'),
                ],
            },
        ),
        version_trigger("reporting_reportingcalendar"),
        version_trigger("reporting_reportingperiod"),
        version_trigger("reporting_statusreport"),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
