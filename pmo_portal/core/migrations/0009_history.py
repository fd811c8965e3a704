"""With which token somebody acted, and why; the triggers of the history come after every migration (core/ledger_sql.py)."""

from typing import ClassVar

from django.db import migrations, models

# Without their columns the triggers would refuse every write.
WITHOUT_TRIGGERS = """
DO $$
DECLARE one regproc;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        AND (starts_with(proname, 'core_history_') OR proname = 'core_audit_protect')
    LOOP
        EXECUTE format('DROP FUNCTION %s() CASCADE', one);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0008_audit_log")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="auditevent",
            name="token",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="API token"),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="source",
            field=models.CharField(
                choices=[
                    ("page", "page"),
                    ("api", "API"),
                    ("import", "import"),
                    ("job", "background job"),
                    ("command", "command line"),
                    ("sql", "straight in the database"),
                ],
                max_length=10,
                verbose_name="source",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, WITHOUT_TRIGGERS),
    ]
