"""What people see of workers, objectives, alerts and readings; and the admin's first page."""

from metrics_app.admin import records, workers

__all__ = ["records", "workers"]
