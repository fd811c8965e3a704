from django.db import migrations, models


class Migration(migrations.Migration):
    """Every cell an import changes, packed, so that its review can page through all of them."""

    dependencies = [("projects", "0004_sums_from_an_index")]

    operations = [
        migrations.AddField(model_name="importbatch", name="changes", field=models.BinaryField(null=True)),
    ]
