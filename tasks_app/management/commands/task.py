"""`manage.py task ID`: the whole story of a trace id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from closedloop.chapter_text import as_data, as_text
from closedloop.wiring import ports
from tasks_app.story import tell
from tasks_app.story.finding import tasks_beginning_with

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from tasks_app.models import Task

#: Candidates named when a prefix fits several tasks.
_NAMED = 5


class Command(BaseCommand):
    """Tell everything that is known about one task."""

    help = "The whole story of a trace id: rows, events, effects, commits, pull request, release, rollback."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the id."""
        parser.add_argument(
            "task_id", metavar="ID", help="a trace id, or as much of its beginning as is unique"
        )
        parser.add_argument(
            "--json", action="store_true", help="for programs: times in UTC, durations in seconds"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Find the task and tell its story; exit 2 when there is none or more than one."""
        chapters = tell(_the_task(options["task_id"]), now=ports().clock())
        if options["json"]:
            self.stdout.write(json.dumps(as_data(chapters), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(as_text(chapters).lstrip("\n"))


def _the_task(prefix: str) -> Task:
    found = list(tasks_beginning_with(prefix)[: _NAMED + 1])
    if not found:
        raise CommandError(f"there is no task whose trace id begins with {prefix!r}", returncode=2)
    if len(found) > 1:
        named = "\n".join(f"  {task.pk}  {task.state}" for task in found[:_NAMED])
        more = "\n  …" if len(found) > _NAMED else ""
        raise CommandError(f"{prefix!r} fits several tasks:\n{named}{more}", returncode=2)
    return found[0]
