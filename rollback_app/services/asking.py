"""A rollback that cannot go on by itself asks for an operator, loudly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.notifier import Message, Severity
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.pipeline.states import Event, State
from tasks_app.services.commit import commit_step, finish
from tasks_app.services.notifying import post_message
from tasks_app.services.transition import Happening, move_tasks

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from rollback_app.models import Rollback


def ask_operator(rollback: Rollback, code: str, detail: str, ports: Ports) -> None:
    """Stop where it is; merges stay frozen until a person resumes it."""
    with commit_step("rollback_asks", ports) as mail:
        now = ports.clock()
        left = RollbackState(rollback.state)
        finish(
            rollback,
            now=now,
            state=ROLLBACK.target(left, RollbackEvent.NEED_OPERATOR).value,
            left_state=left.value,
            code=code,
            note=detail,
            deadline_at=None,
        )
        happening = Happening(event=Event.NEED_OPERATOR, actor="policy", code=code, detail=detail)
        move_tasks(rollback.tasks.filter(state=State.ROLLING_BACK), happening, now=now)
        title = f"Rollback of {rollback.release.sha[:7]} needs a person: {code}"
        message = Message(title=title, body=detail, severity=Severity.CRITICAL)
        post_message(rollback.pk, message, mail, now=now)
