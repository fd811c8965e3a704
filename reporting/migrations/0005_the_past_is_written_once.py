"""What is true now stands in `ProjectHealth` only; `HealthPast` receives a state when it is over."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from reporting.health import timeline

NO_OPEN_ROWS = """
    DELETE FROM reporting_healthhistory AS open USING reporting_projecthealth AS health
    WHERE open.valid_to IS NULL AND health.project_id = open.project_id;
    UPDATE reporting_healthhistory SET valid_to = greatest(now(), valid_from + interval '1 microsecond') WHERE valid_to IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0004_cheaper_writes"), ("projects", "0004_sums_from_an_index")]

    operations = [
        migrations.RunSQL(NO_OPEN_ROWS, migrations.RunSQL.noop),
        migrations.RemoveConstraint("HealthHistory", "history_one_open_row"),
        migrations.RemoveConstraint("HealthHistory", "history_ends_after_it_starts"),
        migrations.RenameModel("HealthHistory", "HealthPast"),
        migrations.AlterField("HealthPast", "valid_to", models.DateTimeField()),
        migrations.AlterField(
            "HealthPast",
            "project",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="projects.project"
            ),
        ),
        migrations.AddConstraint(
            "HealthPast", models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="history_ends_after_it_starts")
        ),
        migrations.RunPython(timeline.create, lambda _apps, editor: editor.execute(timeline.DROP)),
        migrations.CreateModel(
            name='HealthHistory',
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
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'reporting_healthhistory',
                'managed': False,
            },
        ),
    ]
