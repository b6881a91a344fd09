from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Context 1: request → merged."""

    name = "tasks_app"
    verbose_name = "Tasks"

    def ready(self) -> None:
        """Listen to the worker's own signals."""
        from tasks_app import receivers  # noqa: F401, PLC0415 - needs the app registry
