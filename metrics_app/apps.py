from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """The third context, which asks whether all is well."""

    name = "metrics_app"
    verbose_name = "Metrics"

    def ready(self) -> None:
        """Listen to Celery; nothing is heard outside workers and beat."""
        from metrics_app import receivers  # noqa: F401, PLC0415 - needs the models
