"""How content, tags and deletions of branches reach the forge: by git itself, or by its REST interface.

Apart from `ForgeWriter` because the two ways differ in what they cost: a forge counts REST requests that
create content, and does not count what arrives by `git push`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.ports.forge import BranchDraft, BranchHead


def unheard(_head_sha: str) -> None:
    """Nobody wants to know."""


class GitTransport(Protocol):
    """Brings commits and names to the forge. Never retries what may have had its effect.

    Every method that acts raises `Unknown` when its effect may have happened though the answer was lost, and
    `Unavailable` only when it certainly has not.
    """

    #: REST requests by which a tag is made or a branch deleted; 0 by git.
    ref_writes: int

    def branch_writes(self, commits: int) -> int:
        """REST requests that create content for a branch of so many commits; 0 by git. Asks nobody."""

    def publish_branch(self, draft: BranchDraft, announce: Callable[[str], None] = unheard) -> BranchHead:
        """Create the commits and the branch. `announce` is told the head before anybody can see it.

        Several drafts may share one commit; `commit_shas` then names it for each of them. Raises Conflict
        when the branch exists already, NotFound when the base commit does not.
        """

    def create_tag(self, name: str, sha: str) -> None:
        """Create a lightweight tag. Raises Conflict when it exists, Refused when the commit does not."""

    def delete_branch(self, name: str, sha: str) -> None:
        """Delete a branch whose head is this commit; a missing one is no error.

        Raises Conflict when its head is another one: somebody pushed to it. By REST that is checked just
        before, by git in the act itself.
        """
