"""What people see of releases and rollbacks, and the buttons they press."""

from rollback_app.admin import acts, releases, rollbacks

__all__ = ["acts", "releases", "rollbacks"]
