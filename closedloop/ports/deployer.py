"""The environment a merge is deployed to, seen by what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveVersion:
    """What runs in the environment now."""

    #: Commit sha, possibly abbreviated (at least 7 characters).
    version: str
    #: Address that said so.
    url: str


class DeployWatcher(Protocol):
    """Watches the environment; starting a deployment is the forge's push hook's business."""

    def live_version(self) -> LiveVersion:
        """The version the environment reports. Raises Unavailable or BadReply."""
