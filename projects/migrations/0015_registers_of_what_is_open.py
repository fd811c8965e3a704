import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from pmo_portal.core.versioning import version_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0014_known_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('code', models.CharField(blank=True, max_length=30, verbose_name='code')),
                ('external_ref', models.CharField(blank=True, max_length=200, verbose_name='external reference')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('question_en', models.CharField(blank=True, max_length=200, verbose_name='English question')),
                ('background', models.TextField(blank=True, verbose_name='background')),
                ('status', models.CharField(choices=[('asked', 'Asked'), ('scheduled', 'On an agenda'), ('taken', 'Taken'), ('refused', 'Refused'), ('lapsed', 'No longer needed')], default='asked', max_length=9, verbose_name='status')),
                ('needed_by', models.DateField(blank=True, null=True, verbose_name='needed by')),
                ('asked_on', models.DateField(verbose_name='asked on')),
                ('committee', models.CharField(blank=True, max_length=120, verbose_name='asked of')),
                ('scheduled_for', models.DateField(blank=True, null=True, verbose_name='on the agenda of')),
                ('amount_asked', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='amount asked')),
                ('recommendation', models.TextField(blank=True, verbose_name='recommendation')),
                ('outcome', models.CharField(blank=True, choices=[('go', 'Go'), ('go_conditional', 'Go under conditions'), ('granted', 'Granted'), ('suspended', 'Put on hold'), ('stop', 'Stop'), ('refused', 'Refused'), ('rework', 'To be reworked'), ('postponed', 'Postponed')], max_length=14, verbose_name='outcome')),
                ('taken_on', models.DateField(blank=True, null=True, verbose_name='decided on')),
                ('decided_by_name', models.CharField(blank=True, max_length=120, verbose_name='decided by, in words')),
                ('reason', models.TextField(blank=True, verbose_name='reason or conditions')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='asked by')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='decided by')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='projects.project')),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
                'ordering': ('project_id', 'pk'),
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', 'taken'), _negated=True), ('outcome__in', ('go', 'go_conditional', 'granted', 'suspended', 'stop')), _connector='OR'), models.Q(models.Q(('status', 'refused'), _negated=True), ('outcome', 'refused'), _connector='OR'), models.Q(models.Q(('status__in', ['asked', 'scheduled', 'lapsed']), _negated=True), ('outcome__in', ['', 'rework', 'postponed']), _connector='OR')), name='decision_verdict_fits_its_status'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('decided_by_name', ''), ('outcome', ''), ('taken_on__isnull', True)), models.Q(models.Q(('outcome', ''), _negated=True), ('taken_on__isnull', False), models.Q(('decided_by__isnull', False), models.Q(('decided_by_name', ''), _negated=True), _connector='OR')), _connector='OR'), name='decision_says_who_decided_when'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'scheduled'), _negated=True), ('scheduled_for__isnull', False), _connector='OR'), name='decision_on_an_agenda_has_its_day'),
                    models.UniqueConstraint(condition=models.Q(('external_ref', ''), _negated=True), fields=('project', 'external_ref'), name='decision_external_ref_unique_in_project'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'scheduled', 'taken', 'refused', 'lapsed'])), name='decision_status_is_known'),
                    models.CheckConstraint(condition=models.Q(('outcome__in', ['go', 'go_conditional', 'granted', 'suspended', 'stop', 'refused', 'rework', 'postponed', ''])), name='decision_outcome_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DecisionOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('position', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(6)], verbose_name='order')),
                ('label', models.CharField(max_length=200, verbose_name='option')),
                ('cost', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='cost of the option')),
                ('delay_days', models.IntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-9999), django.core.validators.MaxValueValidator(9999)], verbose_name='delay in days')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('recommended', models.BooleanField(default=False, verbose_name='recommended')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='projects.decision', verbose_name='decision')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
            ],
            options={
                'verbose_name': 'option of a decision',
                'verbose_name_plural': 'options of decisions',
                'ordering': ('decision_id', 'position'),
                'constraints': [
                    models.UniqueConstraint(fields=('decision', 'position'), name='decision_option_one_per_place'),
                    models.UniqueConstraint(condition=models.Q(('recommended', True)), fields=('decision',), name='decision_option_one_recommended'),
                    models.CheckConstraint(condition=models.Q(('position__range', (1, 6))), name='decision_option_place_1_to_6'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('code', models.CharField(blank=True, max_length=30, verbose_name='code')),
                ('external_ref', models.CharField(blank=True, max_length=200, verbose_name='external reference')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(blank=True, max_length=200, verbose_name='English title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('status', models.CharField(choices=[('open', 'Open'), ('postponed', 'Postponed'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='open', max_length=9, verbose_name='status')),
                ('urgency', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='urgency')),
                ('impact', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='impact')),
                ('size', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='effort to resolve')),
                ('due_date', models.DateField(blank=True, null=True, verbose_name='due')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='resolved on')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='owner')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='issues', to='projects.project')),
            ],
            options={
                'verbose_name': 'issue',
                'verbose_name_plural': 'issues',
                'ordering': ('project_id', 'pk'),
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('impact__range', (1, 5)), ('urgency__range', (1, 5)), models.Q(('size__isnull', True), models.Q(('size__isnull', False), ('size__range', (1, 5))), _connector='OR')), name='issue_scales_1_to_5'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('status__in', ('resolved', 'closed')), _connector='OR'), models.Q(('closed_on__isnull', False), models.Q(('status__in', ('resolved', 'closed')), _negated=True), _connector='OR')), name='issue_closed_on_once_resolved'),
                    models.UniqueConstraint(condition=models.Q(('external_ref', ''), _negated=True), fields=('project', 'external_ref'), name='issue_external_ref_unique_in_project'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['open', 'postponed', 'resolved', 'closed'])), name='issue_status_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('code', models.CharField(blank=True, max_length=30, verbose_name='code')),
                ('external_ref', models.CharField(blank=True, max_length=200, verbose_name='external reference')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(blank=True, max_length=200, verbose_name='English title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('status', models.CharField(choices=[('to_do', 'To do'), ('in_progress', 'In progress'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='to_do', max_length=11, verbose_name='status')),
                ('priority', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='priority')),
                ('due_date', models.DateField(blank=True, null=True, verbose_name='due')),
                ('done_on', models.DateField(blank=True, null=True, verbose_name='done on')),
                ('percent_complete', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='progress in %')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='owner')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='projects.project')),
                ('risk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to='projects.risk', verbose_name='risk')),
                ('decision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to='projects.decision', verbose_name='decision')),
                ('issue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to='projects.issue', verbose_name='issue')),
            ],
            options={
                'verbose_name': 'action',
                'verbose_name_plural': 'actions',
                'ordering': ('project_id', 'pk'),
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('priority__range', (1, 5))), name='action_priority_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('percent_complete__isnull', True), models.Q(('percent_complete__isnull', False), ('percent_complete__range', (0, 100))), _connector='OR'), name='action_percent_between_0_and_100'),
                    models.CheckConstraint(condition=models.Q(models.Q(('done_on__isnull', True), ('status', 'done'), _connector='OR'), models.Q(('done_on__isnull', False), models.Q(('status', 'done'), _negated=True), _connector='OR')), name='action_done_on_once_done'),
                    models.CheckConstraint(condition=models.Q(models.Q(('issue__isnull', True), ('risk__isnull', True)), models.Q(('decision__isnull', True), ('risk__isnull', True)), models.Q(('decision__isnull', True), ('issue__isnull', True)), _connector='OR'), name='action_has_one_origin_at_most'),
                    models.UniqueConstraint(condition=models.Q(('external_ref', ''), _negated=True), fields=('project', 'external_ref'), name='action_external_ref_unique_in_project'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['to_do', 'in_progress', 'done', 'cancelled'])), name='action_status_is_known'),
                ],
            },
        ),
        *[version_trigger(f"projects_{table}") for table in ("issue", "action", "decision", "decisionoption")],
    ]
