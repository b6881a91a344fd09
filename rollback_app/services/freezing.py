"""When merges may go on: a lane is frozen as long as any rollback in it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_app import selectors
from tasks_app.services import lanes

if TYPE_CHECKING:
    from closedloop.ports.courier import Hint


def thaw_unless_another(lane_id: int) -> list[Hint]:
    """Thaw it if no rollback is open there, inside the transaction that ends one; the hints to send.

    The lane must be locked before that rollback is ended: else two that end together each take the other
    for open, and nobody thaws.
    """
    if selectors.open_rollbacks().filter(release__pull__lane=lane_id).exists():
        return []
    lanes.thaw_lane(lane_id)
    return lanes.depart_hint(lane_id)
