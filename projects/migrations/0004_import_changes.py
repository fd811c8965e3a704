from django.db import migrations, models


class Migration(migrations.Migration):
    """Every cell an import changes, packed, so that its review can page through all of them."""

    dependencies = [("projects", "0003_a_residual_level_is_whole")]

    operations = [
        migrations.AddField(model_name="importbatch", name="changes", field=models.BinaryField(null=True)),
    ]
