"""The whole story of a trace id: what every context knows about one task, for the admin and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.chapters import Chapter
    from tasks_app.models import Task


def tell(task: Task, *, now: datetime) -> list[Chapter]:
    """Ask every context in `settings.STORYTELLERS` for its chapters, in that order."""
    tellers = [import_string(name) for name in settings.STORYTELLERS]
    return [chapter for teller in tellers for chapter in teller(task, now=now)]
