"""Dependencies between projects; a milestone they name is of its side, which foreign keys of two columns hold."""

import django.db.models.deletion
from django.db import migrations, models

from pmo_portal.core.versioning import version_trigger

TABLE = "projects_interprojectdependency"
OF_ITS_SIDE = f"""
ALTER TABLE projects_milestone ADD CONSTRAINT milestone_with_its_project UNIQUE (id, project_id);
ALTER TABLE {TABLE}
    ADD CONSTRAINT dependency_receiver_milestone_is_of_receiver FOREIGN KEY (receiver_milestone_id, receiver_id)
        REFERENCES projects_milestone (id, project_id),
    ADD CONSTRAINT dependency_supplier_milestone_is_of_supplier FOREIGN KEY (supplier_milestone_id, supplier_id)
        REFERENCES projects_milestone (id, project_id);
"""
WHOEVER = f"""
ALTER TABLE {TABLE} DROP CONSTRAINT dependency_receiver_milestone_is_of_receiver,
    DROP CONSTRAINT dependency_supplier_milestone_is_of_supplier;
ALTER TABLE projects_milestone DROP CONSTRAINT milestone_with_its_project;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0022_priority'),
    ]

    operations = [
        migrations.CreateModel(
            name='InterProjectDependency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('code', models.CharField(blank=True, max_length=30, verbose_name='code')),
                ('external_ref', models.CharField(blank=True, max_length=200, verbose_name='external reference')),
                ('title', models.CharField(max_length=200, verbose_name='what is given')),
                ('title_en', models.CharField(blank=True, max_length=200, verbose_name='English title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('status', models.CharField(choices=[('on_track', 'On track'), ('at_risk', 'At risk'), ('late', 'Late'), ('delivered', 'Delivered')], default='on_track', max_length=9, verbose_name='status')),
                ('needed_by', models.DateField(verbose_name='needed by')),
                ('promised_on', models.DateField(blank=True, null=True, verbose_name='promised for')),
                ('delivered_on', models.DateField(blank=True, null=True, verbose_name='delivered on')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='needs', to='projects.project', verbose_name='project that needs it')),
                ('receiver_milestone', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='projects.milestone', verbose_name='milestone that needs it')),
                ('receiver_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='who needs it')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gives', to='projects.project', verbose_name='project that gives it')),
                ('supplier_milestone', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='projects.milestone', verbose_name='milestone that gives it')),
                ('supplier_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='who gives it')),
            ],
            options={
                'verbose_name': 'dependency between projects',
                'verbose_name_plural': 'dependencies between projects',
                'ordering': ('receiver_id', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('supplier', models.F('receiver')), _negated=True), name='dependency_has_two_projects'), models.CheckConstraint(condition=models.Q(models.Q(('delivered_on__isnull', True), ('status', 'delivered'), _connector='OR'), models.Q(('delivered_on__isnull', False), models.Q(('status', 'delivered'), _negated=True), _connector='OR')), name='dependency_delivered_on_once_delivered'), models.UniqueConstraint(condition=models.Q(('external_ref', ''), _negated=True), fields=('receiver', 'external_ref'), name='dependency_external_ref_unique_in_receiver'), models.CheckConstraint(condition=models.Q(('status__in', ['on_track', 'at_risk', 'late', 'delivered'])), name='inter_project_dependency_status_is_known')],
            },
        ),
        version_trigger(TABLE),
        migrations.RunSQL(OF_ITS_SIDE, WHOEVER),
    ]
