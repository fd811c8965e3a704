"""What a freeze keeps of an independent review in a column; the rule that tells one far below what is declared."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0017_independent_reviews'),
        ('reporting', '0012_what_a_freeze_showed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='mute',
            name='mute_rule_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_rule_is_known',
        ),
        migrations.AddField(
            model_name='snapshot',
            name='assessed',
            field=models.CharField(blank=True, db_default='', default='', max_length=14),
        ),
        migrations.AlterField(
            model_name='mute',
            name='rule',
            field=models.CharField(choices=[('A01', 'a report is due or late'), ('A10', 'declared much better than computed'), ('A14', 'actuals above the approved budget'), ('B26', 'an independent review far below what is declared'), ('R01', 'a report is to be corrected')], max_length=3),
        ),
        migrations.AlterField(
            model_name='notification',
            name='rule',
            field=models.CharField(choices=[('A01', 'a report is due or late'), ('A10', 'declared much better than computed'), ('A14', 'actuals above the approved budget'), ('B26', 'an independent review far below what is declared'), ('R01', 'a report is to be corrected')], max_length=3),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['A01', 'A10', 'A14', 'B26', 'R01'])), name='mute_rule_is_known'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['A01', 'A10', 'A14', 'B26', 'R01'])), name='notification_rule_is_known'),
        ),
    ]
