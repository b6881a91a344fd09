"""Is this commit live? Proof is what the environment says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.ports.errors import NotFound, PortError

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: Shorter abbreviations of a sha could mean another commit.
_SHORTEST = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look at the environment showed."""

    is_live: bool
    version: str
    #: One line for an operator.
    note: str
    #: False when the forge could not say whether the live version holds the commit.
    is_known: bool = True


def look(sha: str, ports: Ports) -> Seen:
    """Whether the live version is `sha` or has it in its history. Raises PortErrors of the environment."""
    version = ports.deployer().live_version().version
    if len(version) < _SHORTEST:
        return Seen(is_live=False, version=version, note=f"the live version {version!r} is no commit sha")
    try:
        is_live = sha.startswith(version) or version == sha or _contains(sha, version, ports)
    except PortError as error:
        return Seen(is_live=False, version=version, note=error.detail, is_known=False)
    note = "" if is_live else f"{version[:12]} is live and does not contain {sha[:12]}"
    return Seen(is_live=is_live, version=version, note=note)


def _contains(sha: str, version: str, ports: Ports) -> bool:
    try:
        return ports.content().contains(sha, version)
    except NotFound:
        return False
