"""What happens once at start."""

from __future__ import annotations

import os
import socket

from django.apps import AppConfig
from django.conf import settings

from closedloop import sentry
from closedloop.log import configure_logging


class ClosedloopConfig(AppConfig):
    """The project itself: logs, error reports and system checks."""

    name = "closedloop"

    def ready(self) -> None:
        """Configure logging and register the checks."""
        from closedloop import checks  # noqa: F401, PLC0415 - registers; needs the app registry

        configure_logging(settings.LOGGING)
        if settings.SENTRY_DSN:
            sentry.init(os.environ.get("CLOSEDLOOP_WORKER") or socket.gethostname())
