from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_app", "0002_remember_hints")]

    operations = [
        migrations.AlterModelOptions(
            name="rollback",
            options={
                "permissions": [
                    ("roll_back", "Can take merged tasks back"),
                    ("resume_rollback", "Can let a rollback go on that asked for an operator"),
                ],
            },
        ),
    ]
