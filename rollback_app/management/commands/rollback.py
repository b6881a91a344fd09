"""`manage.py rollback ID --reason "…"`: take a change back."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from closedloop.wiring import ports
from rollback_app.services.operator import roll_back
from tasks_app.services.errors import ServiceError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Start the rollback of one or more tasks of one merge."""

    help = "Revert merged tasks: hotfix pull request, smoke checks, merge, deploy, health, incident."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the tasks and the reason."""
        parser.add_argument("task_ids", nargs="+", type=UUID, metavar="ID")
        parser.add_argument("--reason", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Call the service and say where to watch."""
        try:
            rollback = roll_back(
                options["task_ids"], actor=f"cli:{getpass.getuser()}", reason=options["reason"], ports=ports()
            )
        except ServiceError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        self.stdout.write(f"rollback {rollback.pk} started: {rollback.head_branch}")
