"""Leaving a merge to the forge, and noticing that it came back: each handing over is an effect of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks_app.models import Effect
from tasks_app.pipeline.budget import Share
from tasks_app.services.effects import EffectOrder, note_found, perform
from tasks_app.services.forge_acts import look
from tasks_app.services.troubles import SETTLING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from closedloop.ports.forge import MergeOrder, PullView
    from closedloop.wiring import Ports

#: Results of the effect: a look has shown it, and a later one that it is over, without a merge.
_SEEN, _RETURNED = "seen", "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """An act after which the forge merges by itself."""

    #: The row whose merge it is.
    subject_id: UUID
    #: enqueue | auto_merge.
    what: str

    @property
    def returns(self) -> int:
        """How often it came back unmerged."""
        return self._effects().filter(result=_RETURNED).count()

    @property
    def kind(self) -> str:
        """Of the present effect: each return allows one more."""
        returns = self.returns
        return f"{self.what}_{returns}" if returns else self.what

    def present(self) -> Effect | None:
        """The present handing over, once it is known to have happened."""
        return self._effects().filter(kind=self.kind, status=Effect.Status.DONE).first()

    def is_settling(self, now: datetime) -> bool:
        """Whether it was handed over a moment ago and may not be shown as such yet."""
        done = self.present()
        if done is None or done.settled_at is None or done.result == _SEEN:
            return False
        return now < done.settled_at + SETTLING

    def note_seen(self, ports: Ports) -> None:
        """The forge shows it; should the answer have been lost, this settles it."""
        kind = self.kind
        note_found(self.subject_id, kind, _SEEN, ports)
        self._effects().filter(kind=kind, status=Effect.Status.DONE).update(result=_SEEN)

    def note_returned(self) -> int:
        """It is over, and nothing was merged; how often that happened."""
        self._effects().filter(kind=self.kind).update(result=_RETURNED)
        return self.returns

    def _effects(self) -> QuerySet[Effect]:
        return Effect.objects.filter(subject_id=self.subject_id, kind__startswith=self.what)


def is_in_hand(view: PullView, head_sha: str) -> bool:
    """Whether the forge is about to merge what we recorded; what is behind its base it never would."""
    is_ours = view.state == "open" and view.head_sha == head_sha
    return is_ours and (view.is_queued or (view.is_auto_merging and not view.is_behind))


def waiting_note(view: PullView) -> str:
    """What an operator reads meanwhile."""
    return "in the merge queue" if view.is_queued else "to be merged by the forge once nothing is missing"


def hand_over_once(
    over: HandOver,
    act: Callable[[MergeOrder], None],
    order: MergeOrder,
    ports: Ports,
    share: Share = Share.EVERYDAY,
) -> None:
    """Leave the merge to the forge while the head is still the recorded one."""

    def look_up() -> str | None:
        view = look(order.number, ports)
        return view.merge_sha or (_SEEN if view.is_queued or view.is_auto_merging else None)

    def do() -> str:
        act(order)
        return "handed over"

    effect = EffectOrder(
        subject_id=over.subject_id,
        kind=over.kind,
        name=f"#{order.number}@{order.head_sha}",
        look_up=look_up,
        act=do,
        share=share,
    )
    perform(effect, ports)
