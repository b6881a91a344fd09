"""A forge that does not show at once what was created: the 404 after creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.forge import IssueRef
from tests.fakes.discussion import FakeDiscussion
from tests.fakes.forge import FakeForge
from tests.fakes.merging import work
from tests.fakes.script import scripted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from closedloop.ports.discussion import CommentDraft
    from closedloop.ports.forge import IssueDraft, PullView


class SlowForge(FakeForge):
    """Takes another forge's place and shows what is younger than `lag` to nobody but its creator."""

    def __init__(self, forge: FakeForge, lag: timedelta) -> None:
        super().__init__({})
        self.world, self.script, self.lag = forge.world, forge.script, lag
        self._first_seen: dict[object, datetime] = {}

    @scripted
    def branch_sha(self, branch: str) -> str | None:
        sha = self.world.repository.branches.get(branch)
        return sha if branch == "main" or self._is_shown(branch) else None

    @scripted
    def find_pull(self, head_branch: str) -> PullView | None:
        ours = [p for p in self.world.pulls.values() if p.head_branch == head_branch and not p.is_fork]
        return self.world.view(ours[-1]) if ours and self._is_shown(ours[-1].number) else None

    @scripted
    def look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        work(self.world)
        found = [self.world.pulls[n] for n in numbers if n in self.world.pulls and self._is_shown(n)]
        for pull in found:
            pull.looks += 1
        return {pull.number: self.world.view(pull) for pull in found}

    @scripted
    def find_issue(self, draft: IssueDraft) -> IssueRef | None:
        found = [issue for issue in self.world.issues.values() if draft.marker in issue.body]
        shown = [issue for issue in found if self._is_shown(issue.number)]
        return (
            IssueRef(number=shown[0].number, url=f"https://forge.test/issues/{shown[0].number}")
            if shown
            else None
        )

    def notice(self) -> None:
        """Remember since when each thing has been there."""
        world = self.world
        for thing in (*world.repository.branches, *world.pulls, *world.issues):
            self._first_seen.setdefault(thing, world.clock())

    def _is_shown(self, thing: object) -> bool:
        return self._first_seen.get(thing, self.world.clock()) + self.lag <= self.world.clock()


class SlowDiscussion(FakeDiscussion):
    """Comments that are listed only after a while."""

    def __init__(self, discussion: FakeDiscussion, lag: timedelta) -> None:
        super().__init__(discussion.world, discussion.script)
        self.lag = lag
        self._first_seen: dict[str, datetime] = {}

    @scripted
    def find_comment(self, draft: CommentDraft) -> str | None:
        bodies = self.world.comments.get(draft.number, [])
        now = self.world.clock()
        for place, body in enumerate(bodies, start=1):
            if draft.marker in body and self._first_seen[body] + self.lag <= now:
                return f"https://forge.test/pull/{draft.number}#issuecomment-{place}"
        return None

    def notice(self) -> None:
        """Remember since when each comment has been there."""
        for bodies in self.world.comments.values():
            for body in bodies:
                self._first_seen.setdefault(body, self.world.clock())
