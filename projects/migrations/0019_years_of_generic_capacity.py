from datetime import date

from django.db import migrations, models

WITHIN = """
    UPDATE projects_pooledcapacity SET
        first_month = least(greatest(first_month, '2000-01-01'), '2099-12-01'),
        last_month = least(greatest(last_month, '2000-01-01'), '2099-12-01')
    WHERE first_month < '2000-01-01' OR last_month > '2099-12-01'
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0018_allocations")]

    operations = [
        migrations.RunSQL(WITHIN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="pooledcapacity",
            constraint=models.CheckConstraint(
                condition=models.Q(first_month__gte=date(2000, 1, 1), last_month__lte=date(2099, 12, 1)),
                name="pooled_capacity_years_2000_to_2099",
            ),
        ),
    ]
