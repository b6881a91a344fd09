"""What has happened since the start, counted by word; every time is kept, so that any span can be counted."""

import time
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict

from sandbox.web.limits import creates_content

_UNAUTHORISED, _NOT_MODIFIED = 401, 304
_GIT = {"service=git-upload-pack": "git_fetch", "service=git-receive-pack": "git_push"}


class Tally:
    """Counts, eight bytes each, in memory only."""

    def __init__(self) -> None:
        self._times: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))

    def add(self, word: str) -> None:
        """Count something that happens now."""
        self._times[word].append(time.time())

    def since(self, start_s: float) -> Counter[str]:
        """Tell how often each has happened from an epoch second on."""
        kept = self._times.items()
        return Counter({word: len(times) - bisect_left(times, start_s) for word, times in kept})


def words_for(method: str, path: str, query: str, status: int | None) -> list[str]:
    """Say under which words a request that has been answered is counted; none for pages and sinks.

    A command of git is counted once, by its first request; the one that only asks for a password is not.
    """
    if path.startswith("/api/graphql"):
        return ["graphql"]
    if path.startswith("/api/v3"):
        words = ["rest_read" if method in {"GET", "HEAD"} else "rest_write"]
        words += ["content_write"] if creates_content(method, path) else []
        return words + (["not_modified"] if status == _NOT_MODIFIED else [])
    if path.endswith("/info/refs") and status != _UNAUTHORISED:
        return [word for service, word in _GIT.items() if service in query]
    return []
