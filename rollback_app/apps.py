from django.apps import AppConfig


class RollbackConfig(AppConfig):
    """Context 2: merged → verified, or undone."""

    name = "rollback_app"
    verbose_name = "Releases"
