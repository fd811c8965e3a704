"""Photographs keep the priority of their project. Those of before know nothing of it: they keep none."""

from django.db import migrations, models

from reporting.health import timeline


def views(apps, schema_editor):
    timeline.create(apps, schema_editor)
    timeline.create_as_of(apps, schema_editor)


def no_views(apps, schema_editor):
    schema_editor.execute(timeline.DROP)


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0022_priority'),
        ('reporting', '0017_what_gives_way'),
    ]

    operations = [
        migrations.RunPython(no_views, views),
        migrations.AddField(
            model_name='healthfrozen',
            name='priority',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='healthpast',
            name='priority',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='projecthealth',
            name='priority',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.RunPython(views, no_views),
    ]
