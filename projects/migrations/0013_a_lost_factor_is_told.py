from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("projects", "0012_versions_of_mappings")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("viewed_as", "an administrator looked at the portal as you"),
                    ("emergency", "an administrator opened an emergency access"),
                    ("mfa_reset", "your second factor was removed"),
                ],
                max_length=9,
            ),
        ),
    ]
