"""The repository's own check commands, run here so that what they refuse needs no run of CI to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class OwnChecks(Protocol):
    """Runs what CHECK_COMMANDS names in a checkout that is thrown away afterwards."""

    def problem(self, sha: str, files: Mapping[str, str]) -> str:
        """What the first command that fails says of these texts on top of that commit; empty: none fails.

        Raises PortErrors when the commands could not be run, or not to their end: that says nothing
        against the files.
        """
