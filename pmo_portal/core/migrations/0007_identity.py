from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_on_behalf_of'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_epoch',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name='SetupLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SeenAssertion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(max_length=300)),
                ('assertion_id', models.CharField(max_length=300)),
                ('not_on_or_after', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('issuer', 'assertion_id'), name='seen_assertion_once')],
            },
        ),
        # The table of Django's database cache named `guards` (settings.CACHES): limits of sign-in, codes used.
        migrations.RunSQL(
            'CREATE TABLE core_guard (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);'
            'CREATE INDEX core_guard_expires ON core_guard (expires)',
            'DROP TABLE core_guard',
        ),
    ]
