from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="task",
            options={
                "permissions": [
                    ("retry_task", "Can send a task back to the step that failed"),
                    ("cancel_task", "Can stop a task before it is merged"),
                ],
            },
        ),
    ]
