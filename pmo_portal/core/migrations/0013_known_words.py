from django.db import migrations, models

from pmo_portal.core.migrating import AddChecks


class Migration(migrations.Migration):

    atomic = False  # the rows are read after the lock of the table is given back

    dependencies = [
        ("core", "0012_one_address_one_account"),
    ]

    operations = [
        migrations.AlterModelOptions("auditevent", {"verbose_name": "audit log"}),
        AddChecks(
            "user",
            [
                models.CheckConstraint(condition=models.Q(language__in=["fr", "en"]), name="user_language_is_known"),
                models.CheckConstraint(condition=models.Q(theme__in=["auto", "light", "dark"]), name="user_theme_is_known"),
                models.CheckConstraint(condition=models.Q(density__in=["comfortable", "compact"]), name="user_density_is_known"),
            ],
        ),
        AddChecks(
            "auditevent",
            [
                models.CheckConstraint(condition=models.Q(source__in=["page", "api", "import", "job", "command", "sql"]), name="audit_event_source_is_known"),
            ],
        ),
        AddChecks(
            "work",
            [
                models.CheckConstraint(condition=models.Q(state__in=["live", "dead"]), name="work_state_is_known"),
            ],
        ),
    ]
