"""Running GitHub Actions' jobs again: a job has its check run's number, a workflow run its suite's.

https://docs.github.com/en/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run
https://docs.github.com/en/rest/actions/workflow-runs#re-run-a-job-from-a-workflow-run
"""

from starlette.responses import Response

from sandbox.forge.accounts import CI_APP
from sandbox.forge.checks import rerequest_check_run, rerequest_check_suite
from sandbox.forge.verdicts import PASSING, latest_runs
from sandbox.store import Doc
from sandbox.views.checks import suite_state
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def rerun_job(call: Call) -> Response:
    """Re-run a job from a workflow run."""
    run = call.world.store.get(f"check_run:{call.full_name}", call.number("job"))
    if run is None or run["app"] != CI_APP:
        raise not_found()
    _ended(call, run["suite"], "The workflow run containing this job is already running")
    rerequest_check_run(call.world, call.repo, run, call.actor.login)
    return answer({}, 201)


def rerun_failed_jobs(call: Call) -> Response:
    """Re-run failed jobs from a workflow run."""
    suite = _ended(call, call.number("run"), "This workflow is already running")
    for run in latest_runs(call.world, call.full_name, suite["head_sha"]):
        if run["suite"] == suite["id"] and run["conclusion"] not in PASSING:
            rerequest_check_run(call.world, call.repo, run, call.actor.login)
    return answer({}, 201)


def rerun_all(call: Call) -> Response:
    """Re-run a workflow."""
    suite = _ended(call, call.number("run"), "This workflow is already running")
    rerequest_check_suite(call.world, call.repo, suite, call.actor.login)
    return answer({}, 201)


def _ended(call: Call, number: int, refusal: str) -> Doc:
    suite = call.world.store.get(f"check_suite:{call.full_name}", number)
    if suite is None or suite["app"] != CI_APP:
        raise not_found()
    if suite_state(call.world, call.full_name, suite)[0] != "completed":
        raise ApiError(403, refusal)
    return suite


_BASE = "/repos/{owner}/{repo}/actions"
ENDPOINTS = (
    endpoint("POST", f"{_BASE}/jobs/{{job}}/rerun", rerun_job, "actions:write"),
    endpoint("POST", f"{_BASE}/runs/{{run}}/rerun-failed-jobs", rerun_failed_jobs, "actions:write"),
    endpoint("POST", f"{_BASE}/runs/{{run}}/rerun", rerun_all, "actions:write"),
)
