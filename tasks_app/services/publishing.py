"""From stored operations to an open pull request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from closedloop.ports.errors import BadReply, PortError
from closedloop.ports.forge import BranchDraft, BranchHead, CommitDraft, PullView
from tasks_app import workflow
from tasks_app.models import Effect, PullRequest, Task
from tasks_app.pipeline import faq, text
from tasks_app.pipeline.boarding import Fit, Fitness, Writing, fit
from tasks_app.pipeline.faq_proof import validate
from tasks_app.pipeline.states import Event, PullEvent, PullState, State
from tasks_app.pipeline.steps import MAX_ATTEMPTS
from tasks_app.services import learning, own_checks
from tasks_app.services.base_page import missing
from tasks_app.services.closing import drop_stray_branch
from tasks_app.services.commit import LostClaim, commit_step, finish, keep_claim, renewal, try_claim
from tasks_app.services.forge_acts import Publication, publish_once
from tasks_app.services.landed import commits_of
from tasks_app.services.merging_ways import keeps_commits
from tasks_app.services.moved_base import conflicts_in_a_row
from tasks_app.services.operations import operation_of
from tasks_app.services.pull_texts import pull_draft
from tasks_app.services.pulls import Abandonment, Fate, abandon, aboard, refused_here, state_of, unwanted
from tasks_app.services.transition import Happening, move_tasks
from tasks_app.services.troubles import forge_code, try_later

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

#: When somebody who waits for a fellow passenger's answer is looked at again.
_PATIENCE = timedelta(seconds=15)
_POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The file as it is where the new branch begins."""

    base_sha: str
    text: str
    #: False on the head of a pull request that is not merged yet.
    is_merged: bool
    #: Whether there is such a file.
    is_there: bool = True


def publish(pull_id: UUID, ports: Ports) -> None:
    """Publish the branch and open the pull request of the tasks aboard, then wait for CI."""
    pull = try_claim(PullRequest, pull_id, PullState.PUBLISHING, ports=ports, lease=settings.LEASE)
    if pull is None:
        return
    page = cache(partial(_page, pull, ports))  # read once, and only when it is needed
    write = _writing(pull, ports)
    try:
        tasks = _party(pull, page, write, ports)
        draft = partial(_branch_draft, pull, tasks, page, write, ports)
        if stop := _reason_to_stop(pull, tasks) or _refusal(pull, draft, page, ports):
            abandon(pull, stop, ports)
            return
        what = Publication(
            branch=draft,
            commits=len(tasks),
            pull=pull_draft(pull, tasks),
            hold=partial(keep_claim, pull, settings.LEASE, ports),
        )
        head, view = publish_once(pull.pk, what, ports)
        commits = commits_of(head, [task.pk for task in tasks], ports)
        pull.keeps_commits = keeps_commits(pull, ports)
    except LostClaim:
        log.info("claim_lost", step="publish_branch")
        drop_stray_branch(pull, ports)
    except PortError as error:
        _settle_error(pull, error, ports)
    except faq.FaqError as error:
        # Each has a place by itself, but not all together.
        fate, detail = Fate.DIVIDE if len(aboard(pull)) > 1 else Fate.ASK, str(error)
        abandon(pull, Abandonment(code="operation_refused", detail=detail, fate=fate, closes=True), ports)
    else:
        _record(pull, commits, head, view, ports)


def _writing(pull: PullRequest, ports: Ports) -> Writing:
    """The way in which this party is written, each entry once; a long page takes more than one lease."""
    # Who wrote to the end of the section before is likely to do so again.
    steps_aside, _ = conflicts_in_a_row(pull.lane, before=pull)
    renew = renewal(pull, settings.LEASE, ports)

    @cache
    def write(page: str, operation: faq.FaqOperation) -> faq.Applied:
        renew()
        return faq.apply(page, operation, in_front_of=steps_aside)

    return write


def _party(pull: PullRequest, page: Callable[[], _Page], write: Writing, ports: Ports) -> list[Task]:
    """Who travels; whoever does not fit into the page as it is now gets off before anything is written."""
    tasks = aboard(pull)
    if _is_frozen(pull):
        return tasks
    merged, now_on_page, stay = page().text if page().is_merged else "", page().text, []
    for task in tasks:
        found = fit(merged, now_on_page, operation_of(task), write=write)
        if found.fitness is Fitness.FITS:
            stay.append(task)
        else:
            is_below = faq.find_answer(page().text, task.question) is not None
            _get_off(task, found, ports, waits_for=pull.base_pull if is_below else pull)
        now_on_page = found.page
    return stay


def _is_frozen(pull: PullRequest) -> bool:
    """Whether something may have been published: then nobody gets off, and nothing is judged here."""
    return Effect.objects.filter(subject_id=pull.pk, kind="branch").exists()


def _get_off(task: Task, found: Fit, ports: Ports, *, waits_for: PullRequest | None) -> None:
    columns: dict[str, Any] = {}
    if Task.objects.filter(pk=task.pk, cancel_requested_at__isnull=False).exists():
        with commit_step("get_off", ports):
            move_tasks(
                [task], Happening(event=Event.CANCEL, actor=_POLICY, code="cancelled"), now=ports.clock()
            )
        return
    match found.fitness:
        case Fitness.ANSWERED:
            detail = f"The FAQ answers this question. {found.detail}"
            happening = Happening(event=Event.DECLINE, actor=_POLICY, code="already_answered", detail=detail)
        case Fitness.WAITS:
            detail = f"{waits_for} answers the same question"
            happening = Happening(event=Event.REBOARD, actor=_POLICY, detail=detail)
            columns = {"pull": None, "waits_for": waits_for, "next_look_at": ports.clock() + _PATIENCE}
        case _:
            code = found.fitness.value
            happening = Happening(event=Event.NEED_OPERATOR, actor=_POLICY, code=code, detail=found.detail)
    with commit_step("get_off", ports):
        move_tasks([task], happening, now=ports.clock(), **columns)


def _page(pull: PullRequest, ports: Ports) -> _Page:
    lane, content, below = pull.lane, ports.content(), pull.base_pull
    is_stacked = below is not None and below.state in (PullState.AWAITING_CI, PullState.MERGING)
    base_sha = below.head_sha if below and is_stacked else content.branch_sha(lane.base_branch)
    if base_sha is None:
        raise BadReply(f"{lane.repo} has no branch {lane.base_branch}: check GITHUB_BASE_BRANCH")
    found = content.file_at(lane.path, base_sha)
    text_now = found.text if found else ""
    return _Page(base_sha=base_sha, text=text_now, is_merged=not is_stacked, is_there=found is not None)


def _reason_to_stop(pull: PullRequest, tasks: list[Task]) -> Abandonment | None:
    if pull.attempts > MAX_ATTEMPTS:
        detail = "publishing was lost or failed too often"
        return Abandonment(code="poison", detail=detail, fate=Fate.ASK, closes=False)
    return unwanted(pull, tasks)


def _refusal(
    pull: PullRequest, draft: Callable[[], BranchDraft], page: Callable[[], _Page], ports: Ports
) -> Abandonment | None:
    """What speaks against the party, before anything is paid for or written.

    A page that was there before, or what the repository's own commands say.
    """
    if _is_frozen(pull):
        return None
    if not page().is_there and (why := missing(pull, ports)):
        return why
    if not settings.CHECK_COMMANDS:
        return None
    drawn = draft()
    said = own_checks.complaint(pull, drawn.base_sha, drawn.commits[-1].files, ports)
    return refused_here(pull, said) if said else None


def _settle_error(pull: PullRequest, error: PortError, ports: Ports) -> None:
    resume = partial(workflow.resume_pull, pull.pk, PullState.PUBLISHING)
    if try_later(pull, error, resume, ports) is not None:
        why = Abandonment(code=forge_code(error), detail=error.detail, fate=Fate.ASK, closes=False)
        abandon(pull, why, ports)


def _branch_draft(
    pull: PullRequest, tasks: list[Task], page: Callable[[], _Page], write: Writing, ports: Ports
) -> BranchDraft:
    base, after, commits = page(), page().text, []
    for task in tasks:
        after = write(after, operation_of(task)).text
        message = text.commit_message(text.pull_title(task.question), str(task.pk))
        commits.append(CommitDraft(message=message, files={pull.lane.path: after}))
    if problems := validate(base.text, after, [operation_of(task) for task in tasks]):
        raise faq.FaqError("; ".join(problems))
    # The last look before anything is published: whoever slept past the lease must not publish what has
    # been cancelled or has boarded another pull request since. `finish` would notice it too late.
    keep_claim(pull, settings.LEASE, ports, base_sha=base.base_sha)
    return BranchDraft(name=pull.head_branch, base_sha=base.base_sha, commits=tuple(commits))


def _record(
    pull: PullRequest, commits: Mapping[UUID, str], head: BranchHead, view: PullView, ports: Ports
) -> None:
    with commit_step("publish", ports):
        now = ports.clock()
        learning.learn_stay(State.PUBLISHING, pull.entered_at, now=now)
        until = now + learning.ci_allowance(pull.lane.repo, now=now)
        known = {
            **_published_columns(head, view, now),
            "deadline_at": until,
            "keeps_commits": pull.keeps_commits,
        }
        finish(pull, now=now, **known, state=state_of(pull, PullEvent.PUBLISH))
        happening = Happening(event=Event.PUBLISH, actor=ports.worker, detail=view.url)
        # Read anew: an operator may have asked to cancel meanwhile, which is honoured at the next look.
        for task in aboard(pull):
            commit = commits.get(task.pk, head.head_sha)
            move_tasks([task], happening, now=now, pr_url=view.url, commit_sha=commit)


def _published_columns(head: BranchHead, view: PullView, now: datetime) -> dict[str, object]:
    return {
        "number": view.number,
        "url": view.url,
        "head_sha": head.head_sha,
        "published_at": now,
        "next_look_at": now,
        "note": "",
    }
