"""Requests that are sent to the forge, counted per kind."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a request is, as far as the forge's limits make a difference."""

    REST_READ = "rest_read"
    REST_WRITE = "rest_write"
    GRAPHQL = "graphql"
    GIT_FETCH = "git_fetch"
    GIT_PUSH = "git_push"
    #: Of the REST writes, those that the limit on new content counts.
    CONTENT_WRITE = "content_write"
    #: Of the REST reads, those answered "not modified", which cost nothing.
    UNCHANGED = "unchanged"


#: Kinds that stand beside another one: a request of theirs was counted once already.
PARTS = frozenset({Kind.CONTENT_WRITE, Kind.UNCHANGED})


class Tally(Protocol):
    """Where whoever sends a request says so."""

    def count(self, kind: Kind, n: int = 1) -> None:
        """Note `n` requests as sent. Returns at once and never raises; safe for threads."""


class NullTally:
    """For processes and tests that keep no count."""

    def count(self, kind: Kind, n: int = 1) -> None:
        """Forget it."""
