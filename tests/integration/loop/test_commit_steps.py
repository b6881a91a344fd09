"""The one transaction of a step: what leaves after it, and what a lost claim or an error undoes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.courier import Hint
from tasks_app.models import OutboxJob
from tasks_app.services.commit import LostClaim, commit_act, commit_step
from tasks_app.services.errors import NotPossible

if TYPE_CHECKING:
    from closedloop.wiring import Ports

HINT = Hint(jobs=("tasks.merge",), row_id="7")


def marking(town) -> tuple[list[str], Ports]:
    passed: list[str] = []
    return passed, replace(town.ports, mark=passed.append)


def test_mail_leaves_after_the_commit_and_what_was_posted_is_ticked_off(town):
    passed, ports = marking(town)
    with commit_step("a step", ports) as mail:
        mail.hints.append(HINT)
        mail.post("rollback.take_release", 9, now=town.now)
        assert (mail.is_committed, town.courier.waiting) == (False, [])
    assert [waiting[2] for waiting in town.courier.waiting] == [
        HINT,
        Hint(jobs=("rollback.take_release",), row_id="9"),
    ]
    (row,) = OutboxJob.objects.all()
    kept = (row.job, row.args, row.created_at, row.sent_at)
    assert kept == ("rollback.take_release", ["9"], town.now, town.now)
    assert (mail.is_committed, passed) == (
        True,
        [f"a step:{at}" for at in ("uncommitted", "committed", "sent")],
    )


def test_only_what_this_step_posted_is_ticked_off(town):
    other = OutboxJob.objects.create(job="other", args=["1"], created_at=town.now)
    with commit_step("a step", town.ports) as mail:
        mail.post("mine", 2, now=town.now)
    other.refresh_from_db()
    assert other.sent_at is None


def test_what_the_broker_did_not_take_stays_to_be_sent(town):
    town.courier.loses_everything = True
    with commit_step("a step", town.ports) as mail:
        mail.post("rollback.take_release", 9, now=town.now)
    assert OutboxJob.objects.get().sent_at is None


def test_a_step_without_mail_asks_no_broker(town):
    town.courier.dies_next = True
    with commit_step("a step", town.ports) as mail:
        pass
    assert (mail.is_committed, town.courier.dies_next) == (True, True)


def lose() -> None:
    """What `finish` and `move_task` do when somebody else was quicker."""
    raise LostClaim


def test_a_lost_claim_undoes_everything_quietly(town, caplog):
    passed, ports = marking(town)
    with commit_step("a step", ports) as mail:
        mail.hints.append(HINT)
        mail.post("rollback.take_release", 9, now=town.now)
        lose()
    assert (OutboxJob.objects.count(), town.courier.waiting, passed) == (0, [], [])
    assert not mail.is_committed
    (said,) = [record.msg for record in caplog.records]
    assert (said["event"], said["step"]) == ("claim_lost", "a step")


def test_any_other_error_undoes_everything_and_is_heard(town):
    def step() -> None:
        with commit_step("a step", town.ports) as mail:
            mail.post("rollback.take_release", 9, now=town.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        step()
    assert (OutboxJob.objects.count(), town.courier.waiting) == (0, [])


def test_who_asked_for_an_act_hears_that_the_row_has_changed(town):
    with pytest.raises(NotPossible, match="look again") as refused, commit_act("an act", town.ports):
        raise LostClaim
    assert refused.value.code == "changed_meanwhile"
    with commit_act("an act", town.ports) as mail:
        mail.hints.append(HINT)
    assert mail.is_committed
