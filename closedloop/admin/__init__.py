"""What every context's admin is built of, and the pages of rows that belong to no context."""

from closedloop.admin import accounts, jobs

__all__ = ["accounts", "jobs"]
