"""The history tells what came from a workbook of status reports."""

from django.db import migrations, models

from pmo_portal.core.migrating import AddChecks

SOURCES = [
    ("page", "page"), ("api", "API"), ("import", "import"), ("bulk", "workbook"), ("job", "background job"),
    ("command", "command line"), ("sql", "straight in the database"),
]  # fmt: skip
NAME = "audit_event_source_is_known"


class Migration(migrations.Migration):

    atomic = False  # the rows are read after the lock of the table is given back

    dependencies = [
        ("core", "0013_known_words"),
    ]

    operations = [
        migrations.AlterField("auditevent", "source", models.CharField(choices=SOURCES, max_length=10, verbose_name="source")),
        # The rule before goes in the statement that writes down the new one.
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveConstraint("auditevent", NAME)]),
        AddChecks("auditevent", [models.CheckConstraint(condition=models.Q(source__in=[one for one, _ in SOURCES]), name=NAME)]),
    ]
