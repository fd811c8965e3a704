import datetime

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.utils import timezone

EVERYTHING = [
    "portfolios:write", "projects:write", "planning:write", "money:write", "risks:write", "people:write", "reports:write",
]


def describe(apps, schema_editor):
    """Tokens made before keep what they could do; one that never expired has a year left."""
    tokens = apps.get_model("core", "ApiToken").objects
    now = timezone.now()
    tokens.filter(scopes=[]).update(scopes=EVERYTHING, secret_at=now)
    year = now + datetime.timedelta(days=365)
    tokens.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=year)).update(expires_at=year)


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0009_history"),
    ]

    operations = [
        migrations.AddField("user", "is_service", models.BooleanField(db_default=False, default=False, editable=False, verbose_name="service account")),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                condition=models.Q(is_service=False)
                | models.Q(is_superuser=False, is_staff=False, email="", password__startswith="!"),
                name="user_service_account_cannot_sign_in",
            ),
        ),
        migrations.AlterModelOptions("apitoken", {"verbose_name": "API token", "verbose_name_plural": "API tokens"}),
        migrations.AddField("apitoken", "former_digest", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.AddField("apitoken", "former_until", models.DateTimeField(blank=True, null=True, verbose_name="former secret works until")),
        migrations.AddField("apitoken", "leaked_at", models.DateTimeField(blank=True, null=True, verbose_name="seen in an address")),
        migrations.AddField(
            "apitoken", "scopes",
            ArrayField(models.CharField(max_length=30), default=list, verbose_name="what it may do"), preserve_default=False,
        ),
        migrations.AddField("apitoken", "nodes", ArrayField(models.BigIntegerField(), blank=True, default=list, verbose_name="portfolios and programmes")),
        migrations.AddField("apitoken", "projects", ArrayField(models.BigIntegerField(), blank=True, default=list, verbose_name="projects")),
        migrations.AddField("apitoken", "networks", ArrayField(models.CharField(max_length=43), blank=True, default=list, verbose_name="addresses")),
        migrations.AddField("apitoken", "secret_at", models.DateTimeField(default=timezone.now), preserve_default=False),
        migrations.AlterField("apitoken", "user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to=settings.AUTH_USER_MODEL, verbose_name="user")),
        migrations.RunPython(describe, migrations.RunPython.noop),
        # What the rows just written still have to be checked for would forbid changing the table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("apitoken", "expires_at", models.DateTimeField(verbose_name="expires at")),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("secret_at") + datetime.timedelta(days=365, minutes=1)),
                name="api_token_lives_a_year_at_most",
            ),
        ),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(former_until__isnull=True)
                | models.Q(former_until__lte=models.F("secret_at") + datetime.timedelta(hours=24, minutes=1)),
                name="api_token_former_secret_a_day_at_most",
            ),
        ),
    ]
