"""The fifth dimension of health: people. Photographs of before know nothing of it: they stay grey. Alert A08."""

from django.conf import settings
from django.db import migrations, models

from reporting.health import timeline

DEFAULTS = {"unstaffed_percent": (5, 30), "overload_percent": (5, 20)}


def seed(apps, schema_editor):
    threshold = apps.get_model("reporting", "Threshold")
    threshold.objects.bulk_create(
        threshold(node=None, key=key, amber=amber, red=red) for key, (amber, red) in DEFAULTS.items()
    )


def unseed(apps, schema_editor):
    apps.get_model("reporting", "Threshold").objects.filter(key__in=DEFAULTS).delete()


def views(apps, schema_editor):
    timeline.create(apps, schema_editor)
    timeline.create_as_of(apps, schema_editor)


def no_views(apps, schema_editor):
    schema_editor.execute(timeline.DROP)



class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0002_stale'),
        ('projects', '0018_allocations'),
        ('reporting', '0014_requests_for_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(no_views, views),
        migrations.RemoveConstraint(
            model_name='mute',
            name='mute_rule_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_rule_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='threshold',
            name='threshold_key_is_known',
        ),
        migrations.AddField(
            model_name='healthfrozen',
            name='resources',
            field=models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], db_default='grey', default='grey', max_length=5, verbose_name='resources'),
        ),
        migrations.AddField(
            model_name='healthpast',
            name='resources',
            field=models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], db_default='grey', default='grey', max_length=5, verbose_name='resources'),
        ),
        migrations.AddField(
            model_name='projecthealth',
            name='resources',
            field=models.CharField(choices=[('green', 'On track'), ('amber', 'At risk'), ('red', 'Off track'), ('grey', 'Not rated')], db_default='grey', default='grey', max_length=5, verbose_name='resources'),
        ),
        migrations.AlterField(
            model_name='mute',
            name='rule',
            field=models.CharField(choices=[('A01', 'a report is due or late'), ('A08', 'a role asked for more than it has in the next two months'), ('A10', 'declared much better than computed'), ('A14', 'actuals above the approved budget'), ('B26', 'an independent review far below what is declared'), ('R01', 'a report is to be corrected'), ('R02', 'a request for people is answered'), ('R03', 'people are asked for')], max_length=3),
        ),
        migrations.AlterField(
            model_name='notification',
            name='rule',
            field=models.CharField(choices=[('A01', 'a report is due or late'), ('A08', 'a role asked for more than it has in the next two months'), ('A10', 'declared much better than computed'), ('A14', 'actuals above the approved budget'), ('B26', 'an independent review far below what is declared'), ('R01', 'a report is to be corrected'), ('R02', 'a request for people is answered'), ('R03', 'people are asked for')], max_length=3),
        ),
        migrations.AlterField(
            model_name='threshold',
            name='key',
            field=models.CharField(choices=[('slip_percent', 'Slippage, % of the baseline duration'), ('milestone_days', 'Key milestone late, working days'), ('cost_percent', 'Forecast over budget, %'), ('risk_level', 'Highest residual risk level (1–25)'), ('age_days', 'Age of the data, days'), ('unstaffed_percent', 'Firm requests of the next 3 months without anybody, %'), ('overload_percent', 'Too much work of somebody named, % of their capacity in 3 months')], max_length=20, verbose_name='measure'),
        ),
        migrations.AddConstraint(
            model_name='healthfrozen',
            constraint=models.CheckConstraint(condition=models.Q(('resources__in', ['green', 'amber', 'red', 'grey'])), name='health_frozen_resources_is_known'),
        ),
        migrations.AddConstraint(
            model_name='healthpast',
            constraint=models.CheckConstraint(condition=models.Q(('resources__in', ['green', 'amber', 'red', 'grey'])), name='health_past_resources_is_known'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['A01', 'A08', 'A10', 'A14', 'B26', 'R01', 'R02', 'R03'])), name='mute_rule_is_known'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['A01', 'A08', 'A10', 'A14', 'B26', 'R01', 'R02', 'R03'])), name='notification_rule_is_known'),
        ),
        migrations.AddConstraint(
            model_name='projecthealth',
            constraint=models.CheckConstraint(condition=models.Q(('resources__in', ['green', 'amber', 'red', 'grey'])), name='project_health_resources_is_known'),
        ),
        migrations.AddConstraint(
            model_name='threshold',
            constraint=models.CheckConstraint(condition=models.Q(('key__in', ['slip_percent', 'milestone_days', 'cost_percent', 'risk_level', 'age_days', 'unstaffed_percent', 'overload_percent'])), name='threshold_key_is_known'),
        ),
        migrations.RunPython(views, no_views),
        migrations.RunPython(seed, unseed),
    ]
