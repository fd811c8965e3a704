"""How much one actor caused lately (core/quotas.py)."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0010_token_scopes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Quota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=20)),
                ("taken", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("actor", "kind"), name="quota_once_per_kind")],
            },
        ),
    ]
