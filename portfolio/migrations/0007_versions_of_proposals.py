"""A proposal that was answered has another version: whoever saw it waiting is told so."""

from typing import ClassVar

from django.db import migrations

from pmo_portal.core.versioning import version_trigger


class Migration(migrations.Migration):
    dependencies: ClassVar = [("portfolio", "0006_asked_role"), ("core", "0002_version_trigger")]
    operations: ClassVar = [version_trigger("portfolio_proposal")]
