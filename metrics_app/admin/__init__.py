"""What people see of workers, objectives, alerts, readings and traffic; and the admin's first page."""

from metrics_app.admin import records, traffic, workers

__all__ = ["records", "traffic", "workers"]
