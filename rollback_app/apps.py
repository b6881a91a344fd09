from django.apps import AppConfig


class RollbackConfig(AppConfig):
    name = "rollback_app"
    verbose_name = "Releases"
