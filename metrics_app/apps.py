from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """The third context, which asks whether all is well."""

    name = "metrics_app"
    verbose_name = "Metrics"
