"""A saved mapping is changed like any other record: the database counts its versions."""

from typing import ClassVar

from django.db import migrations

from pmo_portal.core.versioning import version_trigger


class Migration(migrations.Migration):
    dependencies: ClassVar = [("projects", "0011_notices"), ("core", "0002_version_trigger")]
    operations: ClassVar = [version_trigger("projects_importprofile")]
