"""Independent reviews, and the rule that nobody changes one that was released."""

import django.db.models.deletion
from django.db import migrations, models

from pmo_portal.core.versioning import version_trigger

# As what was frozen: whoever owns the table may rewrite on purpose, saying so; the application's role never may.
STAYS = """
CREATE FUNCTION projects_assessment_stays() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('pmo.rewriting_history', true) = 'on'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'a released review is never changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'assessment_released_stays';
END $function$;
CREATE TRIGGER projects_assessment_stays BEFORE UPDATE OR DELETE ON projects_assessment FOR EACH ROW
WHEN (OLD.state = 'released') EXECUTE FUNCTION projects_assessment_stays();
"""
GOES = "DROP FUNCTION projects_assessment_stays() CASCADE"


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0016_people_and_their_time'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('scale', models.CharField(choices=[('dca5', 'Five levels'), ('dca3', 'Three levels')], default='dca5', max_length=4, verbose_name='scale')),
                ('rating', models.CharField(choices=[('green', 'Green'), ('amber_green', 'Amber/green'), ('amber', 'Amber'), ('amber_red', 'Amber/red'), ('red', 'Red')], max_length=11, verbose_name='delivery confidence')),
                ('assessed_on', models.DateField(verbose_name='assessed on')),
                ('reviewer_name', models.CharField(blank=True, max_length=120, verbose_name='reviewer, in words')),
                ('summary', models.TextField(max_length=1000, verbose_name='why')),
                ('recommendations', models.TextField(blank=True, max_length=4000, verbose_name='recommendations')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('released', 'Released')], default='draft', max_length=8, verbose_name='state')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='released at')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessments', to='projects.project', verbose_name='project')),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.person', verbose_name='reviewer')),
            ],
            options={
                'verbose_name': 'independent review',
                'verbose_name_plural': 'independent reviews',
                'ordering': ('project_id', 'pk'),
                'indexes': [models.Index(fields=['project', '-released_at'], name='assessment_of_project')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('scale', 'dca3'), _negated=True), ('rating__in', ['green', 'amber', 'red']), _connector='OR'), name='assessment_rating_is_of_its_scale'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'draft'), _negated=True), ('released_at__isnull', True), _connector='OR'), models.Q(models.Q(('state', 'released'), _negated=True), ('released_at__isnull', False), _connector='OR')), name='assessment_released_at_with_its_state'), models.CheckConstraint(condition=models.Q(('reviewer__isnull', False), models.Q(('reviewer_name', ''), _negated=True), _connector='OR'), name='assessment_says_who_reviewed'), models.CheckConstraint(condition=models.Q(('scale__in', ['dca5', 'dca3'])), name='assessment_scale_is_known'), models.CheckConstraint(condition=models.Q(('rating__in', ['green', 'amber_green', 'amber', 'amber_red', 'red'])), name='assessment_rating_is_known'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'released'])), name='assessment_state_is_known')],
            },
        ),
        version_trigger("projects_assessment"),
        migrations.RunSQL(STAYS, GOES),
    ]
