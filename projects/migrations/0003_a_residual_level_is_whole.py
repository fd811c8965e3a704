"""A risk has both residual figures or neither: a missing one used to slip through, as NULL does."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0002_tree_triggers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='risk',
            name='risk_residual_1_to_5_or_absent',
        ),
        migrations.AddConstraint(
            model_name='risk',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('residual_probability__isnull', True), ('residual_impact__isnull', True)), models.Q(('residual_impact__isnull', False), ('residual_impact__range', (1, 5)), ('residual_probability__isnull', False), ('residual_probability__range', (1, 5))), _connector='OR'), name='risk_residual_1_to_5_or_absent'),
        ),
    ]
