"""The photographs of a project and a day are one chain, whose last one is shown; a period nobody could report in holds none.

Photographs that two freezes kept beside each other, or that only tell such a silence, keep their period and lose the day.
"""

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

# Of two that follow the same one the newer period keeps the day, then the later one; what follows the other goes with it. Silence
# that another report of the day follows is not shown and stays: the chain goes through it.
LOSE_THE_DAY = """
    WITH RECURSIVE held AS (
        SELECT f.snapshot_id, f.replaces_id, p.opened_at IS NULL OR (p.opened_at AT TIME ZONE %(zone)s)::date > p.due_on AS silent,
            CASE WHEN f.replaces_id IS NULL THEN 1 ELSE row_number() OVER (
                PARTITION BY f.replaces_id ORDER BY p.starts_on DESC, f.frozen_at DESC, f.snapshot_id DESC
            ) END AS rank
        FROM reporting_healthfrozen f JOIN reporting_reportingperiod p ON p.id = f.period_id
        WHERE f.frozen_on IS NOT NULL
    ), lost AS (
        SELECT snapshot_id FROM held WHERE rank > 1
        UNION
        SELECT held.snapshot_id FROM held JOIN lost ON held.replaces_id = lost.snapshot_id
    ), needed AS (
        SELECT snapshot_id, replaces_id FROM held WHERE NOT silent
        UNION
        SELECT held.snapshot_id, held.replaces_id FROM held JOIN needed ON held.snapshot_id = needed.replaces_id
    )
    UPDATE reporting_healthfrozen SET frozen_on = NULL
    WHERE frozen_on IS NOT NULL
        AND (snapshot_id IN (SELECT snapshot_id FROM lost) OR snapshot_id NOT IN (SELECT snapshot_id FROM needed))
"""


def take_the_day_away(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pmo.rewriting_history', 'on', true)")
        cursor.execute(LOSE_THE_DAY, {"zone": settings.TIME_ZONE})
        cursor.execute("SELECT set_config('pmo.rewriting_history', '', true)")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the rule could not be made in this transaction


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reporting", "0015_resources")]

    operations: ClassVar = [
        migrations.RunPython(take_the_day_away, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="healthfrozen",
            constraint=models.UniqueConstraint(
                condition=models.Q(("frozen_on__isnull", False)), fields=("replaces",), name="frozen_one_goes_on"
            ),
        ),
    ]
