"""The discussion in memory, on the pull requests of a FakeWorld."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.errors import NotFound
from tests.fakes.script import Script, scripted

if TYPE_CHECKING:
    from closedloop.ports.discussion import CommentDraft
    from tests.fakes.world import FakeWorld


class FakeDiscussion:
    """Discussion on the forge in memory; shares the forge's script when it is given."""

    def __init__(self, world: FakeWorld, script: Script | None = None) -> None:
        self.world = world
        self.script = script or Script()

    @scripted
    def find_comment(self, draft: CommentDraft) -> str | None:
        bodies = self.world.comments.get(draft.number, [])
        found = (place for place, body in enumerate(bodies, start=1) if draft.marker in body)
        return next((_url(draft.number, place) for place in found), None)

    @scripted
    def add_comment(self, draft: CommentDraft) -> str:
        if draft.number not in self.world.pulls:
            raise NotFound(f"there is no pull request {draft.number}")
        body = draft.body if draft.marker in draft.body else f"{draft.body}\n\n{draft.marker}"
        bodies = self.world.comments.setdefault(draft.number, [])
        bodies.append(body)
        return _url(draft.number, len(bodies))


def _url(number: int, place: int) -> str:
    return f"https://forge.test/pull/{number}#issuecomment-{place}"
