"""The organisation's thresholds (domain.md §3.2; risk bands §2.8.5; data age K-O03): settings, not constants."""

from typing import ClassVar

from django.db import migrations

from pmo_portal.core.versioning import version_trigger

DEFAULTS = {
    "slip_percent": (5, 15),
    "milestone_days": (0, 10),
    "cost_percent": (3, 10),
    "risk_level": (9, 14),
    "age_days": (31, 45),
}


def seed(apps, schema_editor):
    threshold = apps.get_model("reporting", "Threshold")
    threshold.objects.bulk_create(
        threshold(node=None, key=key, amber=amber, red=red) for key, (amber, red) in DEFAULTS.items()
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reporting", "0001_initial"), ("core", "0002_version_trigger")]
    operations: ClassVar = [
        version_trigger("reporting_threshold"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
