"""Publishing, opening and merging, each at most once: used on the way there and on the way back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.ports.errors import Conflict, NotFound, Unavailable
from closedloop.ports.forge import BranchDraft, BranchHead, MergeOrder, PullDraft, PullView
from tasks_app.models import Effect
from tasks_app.pipeline.budget import Share, pull_writes
from tasks_app.services.budget import Cost, paid
from tasks_app.services.effects import EffectOrder, as_announced, note_announced, perform

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from closedloop.wiring import Ports


#: A list of pull requests may lag behind; a second one is refused only while the first is open.
_PULL_SHOWS_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A pull request and what is in it."""

    #: The branch, drawn up when it is about to be published.
    branch: Callable[[], BranchDraft]
    #: How many commits that will be.
    commits: int
    pull: PullDraft
    #: Proves right before each act that it is still wanted; raises `LostClaim`.
    hold: Callable[[], None]
    share: Share = Share.EVERYDAY


def look_if_there(number: int, ports: Ports) -> PullView | None:
    """A fresh view; None when the forge shows no such pull request.

    Raises `Unavailable` while a merged one does not name its merge commit yet: without it nothing is proved.
    """
    view = ports.pulls().look_at([number]).get(number)
    if view is not None and view.state == "merged" and not view.merge_sha:
        raise Unavailable(f"pull request {number} is merged, but not yet into which commit is said")
    return view


def look(number: int, ports: Ports) -> PullView:
    """A fresh view of a pull request of ours. Raises `NotFound`, and as `look_if_there` does."""
    view = look_if_there(number, ports)
    if view is None:
        raise NotFound(f"the forge shows no pull request {number}")
    return view


def publish_once(subject_id: UUID, what: Publication, ports: Ports) -> tuple[BranchHead, PullView]:
    """Create a branch that nobody else names, and open its pull request.

    Both are paid for together, so that a branch does not wait for its pull request. `commit_shas` is empty
    when an earlier attempt made the branch.
    """
    head = _publish_branch_once(subject_id, what, ports)
    # Not made just now, hence not paid for together.
    writes = 0 if head.commit_shas else pull_writes(what.pull.labels)
    return head, _open_pull_once(subject_id, what, writes, ports)


def _publish_branch_once(subject_id: UUID, what: Publication, ports: Ports) -> BranchHead:
    name, shas = what.pull.head_branch, list[str]()

    def look_up() -> str | None:
        found = ports.content().branch_sha(name)
        # A person may have pushed to it since: what they pushed is not ours.
        return found and as_announced(subject_id, "branch", found)

    def announce(head_sha: str) -> None:
        what.hold()
        note_announced(subject_id, "branch", head_sha)

    def act() -> str:
        try:
            head = ports.git().publish_branch(what.branch(), announce)
        except Conflict as conflict:
            # Nobody else uses this name: an earlier attempt of ours went through.
            return _shown(look_up(), conflict)
        shas.extend(head.commit_shas)
        return head.head_sha

    order = EffectOrder(
        subject_id=subject_id,
        kind="branch",
        name=name,
        look_up=look_up,
        act=act,
        writes=ports.git().branch_writes(what.commits) + pull_writes(what.pull.labels),
        share=what.share,
    )
    return BranchHead(head_sha=perform(order, ports), commit_shas=tuple(shas))


def _open_pull_once(subject_id: UUID, what: Publication, writes: int, ports: Ports) -> PullView:
    seen: list[PullView] = []

    def look_up() -> str | None:
        view = ports.pulls().find_pull(what.pull.head_branch)
        if view is None:
            return None
        seen.append(view)
        return str(view.number)

    def act() -> str:
        what.hold()
        try:
            seen.append(ports.writer().open_pull(what.pull))
        except Conflict as conflict:
            return _shown(look_up(), conflict)
        return str(seen[-1].number)

    order = EffectOrder(
        subject_id=subject_id,
        kind="pull",
        name=what.pull.head_branch,
        look_up=look_up,
        act=act,
        shows_after=_PULL_SHOWS_AFTER,
        writes=writes,
        share=what.share,
    )
    number = int(perform(order, ports))
    return seen[-1] if seen else look(number, ports)


def merge_once(subject_id: UUID, order: MergeOrder, ports: Ports, share: Share = Share.EVERYDAY) -> str:
    """Merge while the head is still the recorded one; returns the new base commit."""

    def look_up() -> str | None:
        return look(order.number, ports).merge_sha

    effect = EffectOrder(
        subject_id=subject_id,
        kind="merge",
        name=f"#{order.number}@{order.head_sha}",
        look_up=look_up,
        act=lambda: ports.writer().merge_pull(order),
        share=share,
    )
    return perform(effect, ports)


def close_once(subject_id: UUID, number: int, ports: Ports, *, share: Share = Share.EVERYDAY) -> None:
    """Close a pull request without merging it."""

    def look_up() -> str | None:
        view = look_if_there(number, ports)
        return view.state if view is not None and view.state != "open" else None

    def act() -> str:
        ports.writer().close_pull(number)
        return "closed"

    order = EffectOrder(
        subject_id=subject_id, kind="close", name=f"#{number}", look_up=look_up, act=act, share=share
    )
    perform(order, ports)


def published_head(subject_id: UUID) -> str:
    """The head that we pushed, or were about to push when the answer was lost; empty when there is none."""
    results = Effect.objects.filter(subject_id=subject_id, kind="branch").values_list("result", flat=True)
    return next(reversed(" ".join(results).split()), "")


def delete_branch(name: str, sha: str, ports: Ports, *, share: Share = Share.EVERYDAY) -> None:
    """Delete a branch that nobody needs any more and whose head is still ours; a missing one is no error.

    One that is elsewhere by now is somebody's and stays.
    """
    git = ports.git()
    cost = Cost(writes=git.ref_writes, share=share, act=f"deletion of {name}")
    with suppress(Conflict), paid(cost, ports):
        git.delete_branch(name, sha)


def _shown(found: str | None, conflict: Conflict) -> str:
    """What exists already; a forge that refuses it as existing and does not show it yet is asked again."""
    if found is None:
        raise Unavailable(f"{conflict.detail}, but it is not shown yet")
    return found
