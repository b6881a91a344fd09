"""The end of the way back: health confirmed, the incident written down, people told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import PortError
from closedloop.ports.forge import IssueDraft, IssueRef
from closedloop.ports.notifier import Message, Severity
from rollback_app import selectors, texts, workflow
from rollback_app.models import Rollback
from rollback_app.policy import Healthy, LookAgain, Unhealthy, judge_rounds
from rollback_app.probes import health_round
from rollback_app.services import probing
from rollback_app.services.asking import ask_operator
from rollback_app.services.freezing import thaw_unless_another
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.pipeline.budget import Share
from tasks_app.pipeline.states import Event, State
from tasks_app.services import lanes
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.effects import EffectOrder, perform
from tasks_app.services.notifying import post_message
from tasks_app.services.transition import Happening, move_tasks
from tasks_app.services.troubles import forge_code, try_later, wait_and_hint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.wiring import Ports
    from rollback_app.models import Release

#: A list of issues may lag behind; opening one is nothing that the forge would refuse the second time.
_ISSUE_SHOWS_AFTER = timedelta(seconds=30)
ISSUE_LABELS = ("P0", "incident", "auto-rollback")


def confirm(rollback_id: UUID, ports: Ports) -> None:
    """Go on with confirming that the environment is well again, from what the rows say."""
    rollback = try_claim(Rollback, rollback_id, RollbackState.CONFIRMING, ports=ports, lease=settings.LEASE)
    if rollback is None:
        return
    if probing.is_to_begin(rollback):
        _start_round(rollback, ports)
    elif selectors.open_probes(rollback.pk, rollback.round).exists():
        _await_probes(rollback, ports)
    else:
        _judge(rollback, ports)


def _start_round(rollback: Rollback, ports: Ports) -> None:
    number = rollback.round + 1
    with commit_step("start_confirming", ports) as mail:
        probing.create_round(rollback.pk, number, health_round(probing.places()), ports)
        now = ports.clock()
        finish(rollback, now=now, next_look_at=now + probing.PATIENCE, round=number, attempts=0)
        mail.hints.extend(probing.fan_out(rollback.pk, number, "rollback.confirm"))


def _await_probes(rollback: Rollback, ports: Ports) -> None:
    with commit_step("await_confirming", ports) as mail:
        now = ports.clock()
        until, again = probing.await_round(rollback.pk, rollback.round, "rollback.confirm", now=now)
        finish(rollback, now=now, next_look_at=until, attempts=0)
        mail.hints.extend(again)


def _judge(rollback: Rollback, ports: Ports) -> None:
    is_late = rollback.deadline_at is not None and ports.clock() >= rollback.deadline_at
    match judge_rounds(probing.finished_rounds(rollback), is_late=is_late):
        case Healthy():
            _healthy(rollback, ports)
        case LookAgain(reasons=reasons):
            _look_again(rollback, "; ".join(reasons), ports)
        case Unhealthy(reasons=reasons):
            above = None if is_late else selectors.suspect_above(rollback.release)
            if above:
                _confirm_after(above, rollback, ports)
            else:
                ask_operator(rollback, "still_unhealthy", "; ".join(reasons), ports)


def _healthy(rollback: Rollback, ports: Ports) -> None:
    with commit_step("healthy_again", ports) as mail:
        now = ports.clock()
        state = ROLLBACK.target(RollbackState.CONFIRMING, RollbackEvent.CONFIRM)
        finish(rollback, now=now, state=state.value, healthy_at=now, next_look_at=now, note="")
        mail.hints.extend(workflow.resume_rollback(rollback.pk, state))


def _look_again(rollback: Rollback, note: str, ports: Ports) -> None:
    now = ports.clock()
    last = selectors.last_reading_at(rollback.pk) or now
    if now - last >= settings.PROBE_PAUSE:
        _start_round(rollback, ports)
        return
    resume = partial(workflow.resume_rollback, rollback.pk, RollbackState.CONFIRMING)
    with commit_step("pause_in_confirming", ports) as mail:
        wait_and_hint(rollback, last + settings.PROBE_PAUSE, resume, ports, mail, attempts=0, note=note)


def _confirm_after(above: Release, rollback: Rollback, ports: Ports) -> None:
    """What is still wrong may be what was merged later: rounds of before that is gone prove nothing."""
    resume = partial(workflow.resume_rollback, rollback.pk, RollbackState.CONFIRMING)
    with commit_step("pause_in_confirming", ports) as mail:
        until = ports.clock() + settings.PROBE_PAUSE
        columns: dict[str, object] = {
            "first_round": rollback.round + 1,
            "note": f"confirmed once {above.sha[:12]}, merged after it, is verified or taken back",
        }
        wait_and_hint(rollback, until, resume, ports, mail, attempts=0, **columns)


def report(rollback_id: UUID, ports: Ports) -> None:
    """Open the incident issue, settle the tasks, and have people told."""
    rollback = try_claim(Rollback, rollback_id, RollbackState.REPORTING, ports=ports, lease=settings.LEASE)
    if rollback is None:
        return
    try:
        issue = _open_incident(rollback, ports)
    except PortError as error:
        resume = partial(workflow.resume_rollback, rollback.pk, RollbackState.REPORTING)
        if try_later(rollback, error, resume, ports) is not None:
            ask_operator(rollback, forge_code(error), error.detail, ports)
        return
    _done(rollback, issue, ports)


def _open_incident(rollback: Rollback, ports: Ports) -> IssueRef:
    task_ids = [str(task.pk) for task in rollback.tasks.all()]
    draft = IssueDraft(
        title=texts.issue_title(rollback.reason),
        body=texts.issue_body(rollback, task_ids),
        labels=ISSUE_LABELS,
        marker=texts.issue_marker(rollback),
    )

    def look_up() -> str | None:
        found = ports.pulls().find_issue(draft)
        return f"{found.number} {found.url}" if found else None

    def act() -> str:
        opened = ports.writer().open_issue(draft)
        return f"{opened.number} {opened.url}"

    order = EffectOrder(
        subject_id=rollback.pk,
        kind="issue",
        name=draft.marker,
        look_up=look_up,
        act=act,
        shows_after=_ISSUE_SHOWS_AFTER,
        share=Share.ROLLBACK,
    )
    number, url = perform(order, ports).split(" ", 1)
    return IssueRef(number=int(number), url=url)


def _news(rollback: Rollback, issue: IssueRef) -> Message:
    lines = (
        rollback.reason,
        f"Reverted {rollback.release.sha}",
        f"Pull request: {rollback.url}",
        f"Incident: {issue.url}",
    )
    return Message(title="Production was rolled back", body="\n".join(lines), severity=Severity.CRITICAL)


def _done(rollback: Rollback, issue: IssueRef, ports: Ports) -> None:
    with commit_step("rolled_back", ports) as mail:
        now = ports.clock()
        lane_id = rollback.release.pull.lane_id
        lanes.lock_lane(lane_id)
        finish(
            rollback,
            now=now,
            state=ROLLBACK.target(RollbackState.REPORTING, RollbackEvent.REPORT).value,
            issue_number=issue.number,
            issue_url=issue.url,
            finished_at=now,
            deadline_at=None,
        )
        _bring_back_who_asked(rollback, now)
        happening = Happening(
            event=Event.CONFIRM_ROLLBACK, actor=rollback.actor, code="rolled_back", detail=rollback.reason
        )
        move_tasks(rollback.tasks.filter(state=State.ROLLING_BACK), happening, now=now)
        post_message(rollback.pk, _news(rollback, issue), mail, now=now)
        mail.hints.extend(thaw_unless_another(lane_id))


def _bring_back_who_asked(rollback: Rollback, now: datetime) -> None:
    """A task may have asked for an operator by its own deadline; its rollback went on and is done."""
    happening = Happening(event=Event.RESUME, actor="policy", to=State.ROLLING_BACK)
    move_tasks(rollback.tasks.filter(state=State.NEEDS_OPERATOR), happening, now=now)
