"""Celery jobs of this context: an id comes in, one service is called."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from closedloop.log import job_context
from closedloop.wiring import ports
from rollback_app.services import confirming, landing, probing, releases, reverting, sweep, verifying


@shared_task(name="rollback.take_release")
def take_release(pull_id: str) -> None:
    """Take a merged pull request over."""
    with job_context(pull_id=pull_id):
        releases.take_release(UUID(pull_id), ports())


@shared_task(name="rollback.retry_release")
def retry_release(pull_id: str) -> None:
    """Watch a failed release once more."""
    with job_context(pull_id=pull_id):
        releases.retry_release(UUID(pull_id), ports())


@shared_task(name="rollback.watch_deploy")
def watch_deploy(release_id: str) -> None:
    """Look once whether a merge is live."""
    with job_context(release_id=release_id):
        releases.watch_deploy(UUID(release_id), ports())


@shared_task(name="rollback.probe", ignore_result=False)
def probe(probe_id: str) -> None:
    """Run one probe: the member of a chord."""
    with job_context(probe_id=probe_id):
        probing.run_probe(int(probe_id), ports())


@shared_task(name="rollback.verify")
def verify(release_id: str) -> None:
    """Go on verifying: the body of a chord."""
    with job_context(release_id=release_id):
        verifying.verify(UUID(release_id), ports())


@shared_task(name="rollback.revert")
def revert(rollback_id: str) -> None:
    """Publish the revert."""
    with job_context(rollback_id=rollback_id):
        reverting.revert(UUID(rollback_id), ports())


@shared_task(name="rollback.look_at_checks")
def look_at_checks(rollback_id: str) -> None:
    """Look once at the smoke checks."""
    with job_context(rollback_id=rollback_id):
        landing.look_at_checks(UUID(rollback_id), ports())


@shared_task(name="rollback.merge_revert")
def merge_revert(rollback_id: str) -> None:
    """Merge the revert if no guard objects."""
    with job_context(rollback_id=rollback_id):
        landing.merge_revert(UUID(rollback_id), ports())


@shared_task(name="rollback.watch_revert")
def watch_revert(rollback_id: str) -> None:
    """Look once whether the revert is live."""
    with job_context(rollback_id=rollback_id):
        landing.watch_revert(UUID(rollback_id), ports())


@shared_task(name="rollback.confirm")
def confirm(rollback_id: str) -> None:
    """Go on confirming health: the body of a chord."""
    with job_context(rollback_id=rollback_id):
        confirming.confirm(UUID(rollback_id), ports())


@shared_task(name="rollback.report")
def report(rollback_id: str) -> None:
    """Open the incident and tell people."""
    with job_context(rollback_id=rollback_id):
        confirming.report(UUID(rollback_id), ports())


@shared_task(name="rollback.wake")
def wake(_event_id: str) -> None:
    """Look at everything that waits for the forge or the live version."""
    sweep.wake_all(ports())


@shared_task(name="rollback.sweep", soft_time_limit=25, time_limit=30)
def sweep_all(_row_id: str = "-") -> None:
    """Find work that others lost."""
    sweep.sweep(ports())
