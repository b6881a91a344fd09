"""The revert's way into the branch: directly, or through its queue, before all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.errors import Refused
from closedloop.ports.forge import MergeOrder
from closedloop.ports.merging import MergeMethod
from rollback_app.texts import pull_title
from tasks_app.pipeline import text
from tasks_app.pipeline.budget import Share
from tasks_app.pipeline.merge_way import choose_for_revert
from tasks_app.services.forge_acts import merge_once
from tasks_app.services.handing import HandOver, hand_over_once
from tasks_app.services.required import merge_rules, wishes

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from rollback_app.models import Rollback


def queueing(rollback: Rollback) -> HandOver:
    """Its place in the merge queue."""
    return HandOver(subject_id=rollback.attempt_id, what="enqueue")


def is_dropped(rollback: Rollback, ports: Ports) -> bool:
    """Whether the queue had it and has not merged it; a person may send it there once more."""
    over = queueing(rollback)
    if over.present() is None or over.is_settling(ports.clock()):
        return False
    over.note_returned()
    return True


def merge_or_queue(rollback: Rollback, ports: Ports) -> str | None:
    """Merge it, and return the new base commit; None when the queue is going to."""
    rules = merge_rules(rollback.release.pull.lane.base_branch, ports, now=ports.clock())
    method = choose_for_revert(rules, wishes())
    order = _order(rollback, method)
    try:
        return merge_once(rollback.attempt_id, order, ports, Share.ROLLBACK)
    except Refused:
        if rules.queue is None:
            raise
    order = _order(rollback, rules.queue.method or method)
    hand_over_once(queueing(rollback), ports.writer().enqueue, order, ports, Share.ROLLBACK)
    return None


def _order(rollback: Rollback, method: MergeMethod) -> MergeOrder:
    number = rollback.number or 0
    ids = (str(task.pk) for task in rollback.tasks.all())
    return MergeOrder(
        number=number,
        head_sha=rollback.head_sha,
        method=method,
        title=f"{pull_title(rollback.reason)} (#{number})",
        message=text.merge_message(ids, is_squash=method is MergeMethod.SQUASH),
        is_urgent=True,
    )
