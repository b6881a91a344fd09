"""`manage.py states`: draws docs/states.md from the tables; `--check` fails when it is out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rollback_app.states import RELEASE, ROLLBACK
from tasks_app.pipeline.drawing import as_markdown
from tasks_app.pipeline.states import PULL, TASK, public_status

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from tasks_app.pipeline.machine import Machine


_MACHINES: dict[str, Machine[Any, Any]] = {
    "Task": TASK,
    "Pull request": PULL,
    "Release": RELEASE,
    "Rollback": ROLLBACK,
}


class Command(BaseCommand):
    """Draw the life of tasks, pull requests, releases and rollbacks."""

    help = "Write docs/states.md from the state tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mode."""
        parser.add_argument("--check", action="store_true", help="fail when the page is out of date")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the page, or compare it."""
        page = settings.BASE_DIR / "docs" / "states.md"
        text = as_markdown(_MACHINES, public_status)
        if not options["check"]:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            raise CommandError("docs/states.md is out of date: run `python manage.py states`")
