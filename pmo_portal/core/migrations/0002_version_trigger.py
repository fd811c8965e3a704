"""The function behind every `version` column: a changed row gets the next version, whoever wrote it."""

from typing import ClassVar

from django.db import migrations

FUNCTION = """
CREATE FUNCTION core_bump_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FUNCTION, "DROP FUNCTION core_bump_version()")]
