"""Check runs.

https://docs.github.com/en/rest/checks/runs
"""

from starlette.responses import Response

from sandbox.forge.checks import create_check_run, rerequest_check_run, update_check_run
from sandbox.forge.verdicts import latest_runs
from sandbox.git.commits import commit_at
from sandbox.rest.commits import commit_named
from sandbox.store import Doc
from sandbox.views.checks import annotation_json, check_run_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def app_of(call: Call) -> str:
    """Return the app that asks; a person's token may not report checks."""
    if call.actor.app is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    return call.actor.app


def create(call: Call) -> Response:
    """Create a check run."""
    app, sha = app_of(call), call.required("head_sha", str)
    call.required("name", str)
    if commit_at(call.git, sha) is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    run = create_check_run(call.world, call.repo, app, call.body)
    return answer(check_run_json(call.world, call.repo, run), 201)


def update(call: Call) -> Response:
    """Update a check run of the same app."""
    run = _run(call)
    if app_of(call) != run["app"]:
        raise ApiError(
            403, "Invalid app_id `" + app_of(call) + "` - check run can only be modified by its app."
        )
    changed = update_check_run(call.world, call.repo, run, call.body)
    return answer(check_run_json(call.world, call.repo, changed))


def get(call: Call) -> Response:
    """Get a check run."""
    return answer(check_run_json(call.world, call.repo, _run(call)))


def annotations(call: Call) -> Response:
    """List annotations of a check run."""
    run, name = _run(call), call.full_name
    listed = run["output"]["annotations"]
    return call.listing(listed, lambda one: annotation_json(call.world, name, run["head_sha"], one))


def rerequest(call: Call) -> Response:
    """Rerequest a check run."""
    rerequest_check_run(call.world, call.repo, _run(call), call.actor.login)
    return answer({}, 201)


def for_ref(call: Call) -> Response:
    """List check runs of a commit, branch or tag."""
    sha = str(commit_named(call, call.params["ref"]).id)
    if call.query.get("filter", "latest") == "all":
        runs = call.world.store.find(f"check_run:{call.full_name}", "head_sha", sha)
    else:
        runs = latest_runs(call.world, call.full_name, sha)
    return _listing(call, runs)


def for_suite(call: Call) -> Response:
    """List check runs of a suite."""
    suite = call.number("suite")
    return _listing(call, call.world.store.find(f"check_run:{call.full_name}", "suite", suite))


def _listing(call: Call, runs: list[Doc]) -> Response:
    wanted = {"name": call.query.get("check_name"), "status": call.query.get("status")}
    app = call.query.get("app_id", "")
    found = [
        run
        for run in reversed(runs)
        if all(value in {None, run[field]} for field, value in wanted.items())
        and app in {"", str(run["app_id"])}
    ]
    return call.listing(found, lambda run: check_run_json(call.world, call.repo, run), "check_runs")


def _run(call: Call) -> Doc:
    found = call.world.store.get(f"check_run:{call.full_name}", call.number("run"))
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("POST", f"{_BASE}/check-runs", create, "checks:write"),
    endpoint("GET", f"{_BASE}/check-runs/{{run}}", get),
    endpoint("PATCH", f"{_BASE}/check-runs/{{run}}", update, "checks:write"),
    endpoint("GET", f"{_BASE}/check-runs/{{run}}/annotations", annotations),
    endpoint("POST", f"{_BASE}/check-runs/{{run}}/rerequest", rerequest, "checks:write"),
    endpoint("GET", f"{_BASE}/check-suites/{{suite}}/check-runs", for_suite),
    endpoint("GET", f"{_BASE}/commits/{{ref:path}}/check-runs", for_ref),
)
