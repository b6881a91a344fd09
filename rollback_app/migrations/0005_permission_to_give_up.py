from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_app", "0004_judge_anew_after_resuming")]

    operations = [
        migrations.AlterModelOptions(
            name="rollback",
            options={
                "permissions": [
                    ("roll_back", "Can take merged tasks back"),
                    ("resume_rollback", "Can let a rollback go on that asked for an operator"),
                    ("give_up_rollback", "Can decide that what a rollback was to take back stays live"),
                ],
            },
        ),
    ]
