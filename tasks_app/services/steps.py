"""The steps of a task on its own: generate and judge. What follows happens on shared rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings

from closedloop.ports.errors import CircuitOpen, PortError
from closedloop.retry import RetryPolicy, TryAgain, decide_retry
from closedloop.sentry import report_degraded_answer
from tasks_app import workflow
from tasks_app.models import Task
from tasks_app.pipeline.faq import FaqDraft
from tasks_app.pipeline.judge import DeclineCode, Declined
from tasks_app.pipeline.prompt import ReplyRejected
from tasks_app.pipeline.states import Event, State
from tasks_app.pipeline.steps import MAX_ATTEMPTS
from tasks_app.services import boarding, drafting, learning, model_slots
from tasks_app.services.commit import commit_step, try_claim
from tasks_app.services.lanes import lane_of_faq
from tasks_app.services.transition import Happening, move_task
from tasks_app.services.troubles import forge_code, put_off, try_later, wait_and_hint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.llm import ChatRequest
    from closedloop.wiring import Ports
    from tasks_app.services.drafting import Draft, Material


def generate(task_id: UUID, ports: Ports, *, job_id: str = "") -> bool:
    """Draft the answer of one task; one try at the model is one claim. Whether there is a draft to judge."""
    task = _start(task_id, ports, job_id) or try_claim(
        Task, task_id, State.GENERATING, ports=ports, lease=settings.LEASE
    )
    if task is None or _is_poison(task, ports):
        return False
    try:
        material = drafting.gather(task.question, ports)
    except PortError as error:
        _forge_trouble(task, error, ports)
        return False
    if early := drafting.decline_early(task.question, material):
        _decline(task, early, ports)
    else:
        _draft(task, material, ports)
    return task.state == State.JUDGING


def _start(task_id: UUID, ports: Ports, job_id: str) -> Task | None:
    task = Task.objects.filter(Task.workable(), pk=task_id, state=State.QUEUED).first()
    if task is None:
        return None
    started = False
    with commit_step("start", ports):
        now = ports.clock()
        until = now + settings.LEASE
        held = {"lease_owner": ports.worker, "lease_until": until, "next_look_at": until, "attempts": 1}
        known = {"worker_instance": ports.worker, "worker_version": settings.APP_VERSION}
        known["job_id"] = job_id
        move_task(task, Happening(event=Event.START, actor=ports.worker), now=now, **held, **known)
        started = True
    return task if started else None


def _draft(task: Task, material: Material, ports: Ports) -> None:
    request = drafting.request_for(task, material)
    if known := drafting.recall_answer(request, material, ports):
        _record_draft(task, known, ports, detail="the model said this to the same request before")
        return
    slot = model_slots.try_take(task.pk, ports)
    if slot is None:
        _await_slot(task, ports)
        return
    with model_slots.held(slot, ports):
        said = _ask(task, request, material, ports)
    if isinstance(said, PortError):
        _model_trouble(task, said, material, ports)
    elif isinstance(said, ReplyRejected) and said.code == DeclineCode.NO_SOURCE:
        # It read the passages and found no answer in them: an extract of theirs would not be one either.
        _decline(task, Declined(code=DeclineCode.NO_SOURCE, reason=said.reason, link=""), ports)
    elif isinstance(said, ReplyRejected):
        _fall_back(task, f"the model's reply was refused: {said.reason}", material, ports)
    elif said is not None:
        _record_draft(task, said, ports)


def _ask(
    task: Task, request: ChatRequest, material: Material, ports: Ports
) -> Draft | ReplyRejected | PortError | None:
    """One call; None when somebody else has the task by now."""
    if not _count_call(task):
        return None
    try:
        return drafting.ask_model(task, request, material, ports)
    except PortError as error:
        return error


def _await_slot(task: Task, ports: Ports) -> None:
    """Wait for a turn at the model: no attempt, and no time that counts against the deadline."""
    resume = partial(workflow.resume_task, task.pk, State.GENERATING)
    with commit_step("await_slot", ports) as mail:
        now = ports.clock()
        pause = model_slots.queue_up(task.pk, now)
        more = put_off(task, now + pause, now)
        wait_and_hint(task, now + pause, resume, ports, mail, attempts=max(task.attempts - 1, 0), **more)


def _count_call(task: Task) -> bool:
    """Note the call before it is made: one that kills the worker counts too. False when the claim is lost."""
    held = Task.objects.filter(pk=task.pk, fence=task.fence)
    task.model_attempts += 1
    return bool(held.update(model_attempts=task.model_attempts))


def _model_trouble(task: Task, error: PortError, material: Material, ports: Ports) -> None:
    policy = RetryPolicy(attempts=settings.OPENAI_ATTEMPTS)
    decision = decide_retry(error, attempt=task.model_attempts, policy=policy, now=ports.clock())
    # No question waits until others have found out whether the model is back.
    is_out = isinstance(error, CircuitOpen)
    if is_out or not isinstance(decision, TryAgain) or _is_too_late(decision.at, task):
        _fall_back(task, f"{error.code}: {error.detail}", material, ports)
        return
    with commit_step("model_again", ports) as mail:
        resume = partial(workflow.resume_task, task.pk, State.GENERATING)
        wait_and_hint(task, decision.at, resume, ports, mail)


def _is_too_late(at: datetime, task: Task) -> bool:
    """A model that wants to be left alone for long is as good as out."""
    return task.deadline_at is not None and at >= task.deadline_at


def _fall_back(task: Task, reason: str, material: Material, ports: Ports) -> None:
    draft = drafting.extract_answer(task, material)
    if draft is None:
        _decline(
            task, Declined(code=DeclineCode.NO_SOURCE, reason="the documents hold no answer", link=""), ports
        )
    else:
        _record_draft(task, draft, ports, detail=f"answered without the model ({reason})")
        report_degraded_answer(task, reason)


def _record_draft(task: Task, draft: Draft, ports: Ports, detail: str = "") -> None:
    columns: dict[str, Any] = {
        "section": draft.content.section,
        "answer": draft.content.answer,
        "sources": list(draft.content.sources),
        "is_degraded": draft.is_degraded,
        "model": draft.model,
        "prompt_tokens": draft.prompt_tokens,
        "completion_tokens": draft.completion_tokens,
    }
    with commit_step("generate", ports):
        now = ports.clock()
        happening = Happening(event=Event.DRAFT, actor=ports.worker, detail=detail)
        learning.learn_stay(State.GENERATING, task.entered_at, now=now)
        move_task(task, happening, now=now, next_look_at=now, **columns)


def judge(task_id: UUID, ports: Ports) -> None:
    """Judge the draft; accepted tasks wait for their lane, and leave at once when it is free."""
    task = try_claim(Task, task_id, State.JUDGING, ports=ports, lease=settings.LEASE)
    if task is None or _is_poison(task, ports):
        return
    try:
        material = drafting.gather(task.question, ports)
    except PortError as error:
        _forge_trouble(task, error, ports)
        return
    draft = FaqDraft(section=task.section, answer=task.answer, sources=tuple(task.sources))
    verdict = drafting.judge_draft(task.question, draft, material).verdict
    if isinstance(verdict, Declined):
        _decline(task, verdict, ports)
        return
    lane = lane_of_faq()
    with commit_step("judge", ports):
        now = ports.clock()
        happening = Happening(event=Event.ACCEPT, actor=ports.worker)
        move_task(task, happening, now=now, next_look_at=now, lane=lane)
    boarding.depart(task.pk, ports)


def _decline(task: Task, verdict: Declined, ports: Ports) -> None:
    with commit_step("decline", ports):
        detail = f"{verdict.reason} {verdict.link}".strip()
        happening = Happening(event=Event.DECLINE, actor="policy", code=verdict.code, detail=detail)
        move_task(task, happening, now=ports.clock())


def _is_poison(task: Task, ports: Ports) -> bool:
    """Whether this task's step was lost so often that it must be the task's fault; fails it if so."""
    if task.attempts <= MAX_ATTEMPTS:
        return False
    with commit_step("poison", ports):
        detail = f"the step was tried {task.attempts} times"
        move_task(
            task, Happening(event=Event.FAIL, actor="policy", code="poison", detail=detail), now=ports.clock()
        )
    return True


def _forge_trouble(task: Task, error: PortError, ports: Ports) -> None:
    resume = partial(workflow.resume_task, task.pk, State(task.state))
    if try_later(task, error, resume, ports) is None:
        return
    with commit_step("forge_trouble", ports):
        code, event = forge_code(error), Event.NEED_OPERATOR
        happening = Happening(event=event, actor=ports.worker, code=code, detail=error.detail)
        move_task(task, happening, now=ports.clock())
