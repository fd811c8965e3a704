"""`restricted` hid a project from nobody: what was meant to be kept from some eyes is confidential (docs/decisions/0106)."""

from typing import Any

from django.db import migrations, models


def hide(apps: Any, _schema_editor: Any) -> None:
    apps.get_model("projects", "Project").objects.filter(confidentiality="restricted").update(
        confidentiality="confidential"
    )


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_currencies_are_iso")]

    operations = [
        migrations.RunPython(hide, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="project",
            name="confidentiality",
            field=models.CharField(
                choices=[("public", "Public"), ("confidential", "Confidential")],
                default="public",
                max_length=12,
                verbose_name="confidentiality",
            ),
        ),
    ]
