"""`manage.py ask "…" --follow`: submit questions and watch them live."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from closedloop.wiring import ports
from tasks_app.management.following import Follower
from tasks_app.pipeline.question import QuestionError
from tasks_app.services.errors import ServiceError
from tasks_app.services.intake import Submission, submit

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from uuid import UUID

#: How often the rows are read while following, in seconds.
_PERIOD_S = 0.1


class Command(BaseCommand):
    """Submit one or more questions."""

    help = "Submit questions; with --follow, print a line per state and exit 0 only if all are done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the questions and whether to follow them."""
        parser.add_argument("questions", nargs="+", metavar="QUESTION")
        parser.add_argument(
            "--follow", action="store_true", help="print a line per state until all have ended"
        )
        parser.add_argument("--timeout", type=float, default=1800, help="seconds to follow at most (1800)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Submit, then follow if asked to."""
        task_ids = [self._submit(question) for question in options["questions"]]
        if not options["follow"]:
            return
        follower = Follower(task_ids, self.stdout.write)
        give_up_at = time.monotonic() + options["timeout"]
        while not follower.print_news():
            if time.monotonic() > give_up_at:
                raise CommandError("not all tasks ended in time; follow them in the admin", returncode=3)
            time.sleep(_PERIOD_S)
        if not follower.are_all_done:
            raise CommandError("not every task is done", returncode=1)

    def _submit(self, question: str) -> UUID:
        try:
            receipt = submit(Submission(question=question, client="cli"), ports())
        except (QuestionError, ServiceError) as error:
            raise CommandError(str(error), returncode=2) from error
        word = "accepted" if receipt.is_new else "known already"
        self.stdout.write(f"{word}: {question}\n  task {receipt.task_id}")
        if receipt.eta:
            self.stdout.write(f"  expected to be done at {receipt.eta:%H:%M:%S} UTC")
        self.stdout.write(f"  admin {settings.PUBLIC_URL}/admin/tasks_app/task/{receipt.task_id}/change/")
        return receipt.task_id
