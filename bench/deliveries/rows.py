"""`python -m bench.deliveries.rows` fills a fresh database with open pull requests that wait for CI."""

from __future__ import annotations

import os

#: Open pull requests, each in a lane of its own.
PULLS = 50


def head_sha(number: int) -> str:
    """The head of one of them, by any number."""
    return f"{number % PULLS:040x}"


def fill() -> None:
    """Create them, waiting for their first look in an hour."""
    from datetime import timedelta  # noqa: PLC0415 - the client imports this module without Django

    from django.utils import timezone  # noqa: PLC0415

    from tasks_app.models import Lane, PullRequest  # noqa: PLC0415
    from tasks_app.pipeline.states import PullState  # noqa: PLC0415

    now = timezone.now()
    for number in range(PULLS):
        lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path=f"docs/{number}.md")
        PullRequest.objects.create(
            lane=lane, state=PullState.AWAITING_CI, head_branch=f"b{number}", number=number + 1,
            head_sha=head_sha(number), created_at=now, entered_at=now, next_look_at=now + timedelta(hours=1),
        )  # fmt: skip


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "closedloop.settings"
    django.setup()
    fill()
