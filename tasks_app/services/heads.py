"""Where the base branch stands, remembered for some seconds: drafts of the same moment share one request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: Documents and page may be this old while an answer is drafted and judged; publishing reads them anew.
FRESH = timedelta(seconds=10)

_remembered: dict[tuple[str, str], tuple[datetime, str]] = {}


def recent_head(branch: str, ports: Ports) -> str | None:
    """The branch's head commit, at most 10 s old; None when there is no such branch. Raises PortErrors."""
    key, now = (settings.GITHUB_REPO, branch), ports.clock()
    asked_at, known = _remembered.get(key, (None, ""))
    if asked_at is not None and timedelta(0) <= now - asked_at < FRESH:
        return known
    sha = ports.content().branch_sha(branch)
    if sha is not None:
        _remembered[key] = (now, sha)
    return sha


def forget() -> None:
    """Ask anew next time."""
    _remembered.clear()
