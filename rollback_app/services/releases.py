"""A merged change on its way: wait until it is live, then verify it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import PortError
from closedloop.ports.notifier import Message, Severity
from rollback_app import selectors, workflow
from rollback_app.models import Release
from rollback_app.services import live
from rollback_app.states import RELEASE, ReleaseEvent, ReleaseState
from tasks_app.models import PullRequest
from tasks_app.pipeline.states import Event, PullState, State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import learning
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.notifying import post_message
from tasks_app.services.stable_tag import stable_tag_of
from tasks_app.services.transition import Happening, move_tasks
from tasks_app.services.troubles import wait_and_hint

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports


def take_release(pull_id: UUID, ports: Ports) -> None:
    """Take a merged pull request over: one release per merge, however often it is handed over."""
    pull = PullRequest.objects.filter(pk=pull_id, state=PullState.MERGED).first()
    if pull is None or pull.merged_at is None:
        return
    now = ports.clock()
    with commit_step("take_release", ports) as mail:
        release, is_new = Release.objects.get_or_create(
            pull=pull,
            defaults={
                "id": ports.new_id(),
                "environment": settings.ENVIRONMENT_NAME,
                "sha": pull.merge_sha,
                "stable_tag": stable_tag_of(pull),
                "merged_at": pull.merged_at,
                "entered_at": now,
                "next_look_at": now,
                "deadline_at": now + settings.DEPLOY_TIMEOUT,
            },
        )
        if is_new:
            mail.hints.extend(workflow.resume_release(release.pk, ReleaseState.DEPLOYING))


def watch_deploy(release_id: UUID, ports: Ports) -> None:
    """Look once whether the merge is live: proof is the version that the environment reports."""
    release = try_claim(Release, release_id, ReleaseState.DEPLOYING, ports=ports, lease=settings.LEASE)
    if release is None:
        return
    try:
        seen = live.look(release.sha, ports)
    except PortError as error:
        seen = live.Seen(is_live=False, version="", note=error.detail)
    if seen.is_live:
        _go_live(release, seen, ports)
    elif seen.is_known and release.deadline_at and ports.clock() >= release.deadline_at:
        fail(release, "deploy_timeout", f"the merge did not become live in time: {seen.note}", ports)
    else:
        _wait(release, seen, ports)


def _go_live(release: Release, seen: live.Seen, ports: Ports) -> None:
    with commit_step("go_live", ports):
        now = ports.clock()
        learning.learn_stay(State.DEPLOYING, release.entered_at, now=now)
        finish(
            release,
            now=now,
            state=RELEASE.target(ReleaseState.DEPLOYING, ReleaseEvent.GO_LIVE).value,
            live_at=now,
            live_version=seen.version,
            note="",
            next_look_at=now,
            deadline_at=now + settings.VERIFY_TIMEOUT,
            first_round=release.round + 1,
        )
        happening = Happening(event=Event.GO_LIVE, actor=ports.worker, detail=seen.version)
        until = deadline_after(State.VERIFYING, now + settings.VERIFY_TIMEOUT)
        move_tasks(selectors.tasks_in(release, State.DEPLOYING), happening, now=now, deadline_at=until)


def _wait(release: Release, seen: live.Seen, ports: Ports) -> None:
    resume = partial(workflow.resume_release, release.pk, ReleaseState.DEPLOYING)
    with commit_step("wait_for_deploy", ports) as mail:
        until = learning.next_stage_look(State.DEPLOYING, release.entered_at, now=ports.clock())
        wait_and_hint(release, until, resume, ports, mail, attempts=0, note=seen.note)


def fail(release: Release, code: str, detail: str, ports: Ports) -> None:
    """The release will not be verified; its tasks fail by name and people are told."""
    with commit_step("release_failed", ports) as mail:
        now = ports.clock()
        state = RELEASE.target(ReleaseState(release.state), ReleaseEvent.FAIL).value
        finish(release, now=now, state=state, code=code, note=detail, deadline_at=None)
        tasks = selectors.tasks_in(release, State.DEPLOYING, State.VERIFYING)
        move_tasks(tasks, Happening(event=Event.FAIL, actor="policy", code=code, detail=detail), now=now)
        title = f"Release {release.sha[:7]} failed: {code}"
        message = Message(title=title, body=detail, severity=Severity.CRITICAL)
        post_message(release.pk, message, mail, now=now)


def retry_release(pull_id: UUID, ports: Ports) -> None:
    """Watch a settled release once more, because tasks of it wait to go live: an operator retried them."""
    settled = RELEASE.sources(ReleaseEvent.RETRY)
    release = Release.objects.filter(pull=pull_id, state__in=settled).first()
    if release is None or not selectors.tasks_in(release, State.DEPLOYING):
        return
    with commit_step("retry_release", ports) as mail:
        now = ports.clock()
        finish(
            release,
            now=now,
            state=RELEASE.target(ReleaseState(release.state), ReleaseEvent.RETRY).value,
            code="",
            next_look_at=now,
            deadline_at=now + settings.DEPLOY_TIMEOUT,
        )
        mail.hints.extend(workflow.resume_release(release.pk, ReleaseState.DEPLOYING))
