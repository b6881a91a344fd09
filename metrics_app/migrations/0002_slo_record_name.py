from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("metrics_app", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="slorecord",
            options={
                "verbose_name": "SLO record",
            },
        ),
    ]
