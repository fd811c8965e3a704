"""What the audit log is looked up by, and the one way in which history ever leaves (pmo_portal/core/retention.py)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Runs with the rights of the tables' owner: whoever serves has no DELETE. Nothing younger than a year leaves, and what left is
# told by an event that never leaves itself. `pmo.rewriting_history` is what a guard of the table may ask for.
PURGE = """
CREATE FUNCTION core_audit_purge(before timestamptz, most integer, request text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
    oldest timestamptz;
BEGIN
    IF before > now() - interval '365 days' THEN
        RAISE EXCEPTION 'history of less than a year is kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('pmo.rewriting_history', 'on', true);
    WITH chosen AS (
        SELECT id FROM core_auditevent WHERE at < before AND action <> 'purge' ORDER BY at LIMIT most
    ), removed AS (
        DELETE FROM core_auditevent AS event USING chosen WHERE event.id = chosen.id RETURNING event.at
    )
    SELECT count(*), min(at) INTO gone, oldest FROM removed;
    PERFORM set_config('pmo.rewriting_history', '', true);
    IF gone > 0 THEN
        INSERT INTO core_auditevent (at, action, target_type, target_id, target_label, changes, source, request_id)
        VALUES (now(), 'purge', 'core.AuditEvent', 0, '', jsonb_build_object(
            'rows', jsonb_build_array(NULL, gone), 'since', jsonb_build_array(NULL, oldest),
            'until', jsonb_build_array(NULL, before)), 'job', left(request, 40));
    END IF;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION core_audit_purge(timestamptz, integer, text) FROM PUBLIC;
"""
UNDO = "DROP FUNCTION core_audit_purge(timestamptz, integer, text)"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0007_identity'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['-at', '-id'], name='audit_by_time'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['actor', '-at', '-id'], name='audit_by_actor'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('action__in', ('create', 'update', 'delete', 'follow', 'declare', 'undo')), _negated=True), fields=['action', '-at'], name='audit_seldom_action'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('source__in', ('job', 'command', 'sql'))), fields=['source', '-at'], name='audit_seldom_source'),
        ),
        migrations.RunSQL(PURGE, UNDO),
    ]
