"""Check suites.

https://docs.github.com/en/rest/checks/suites
"""

from starlette.responses import Response

from sandbox.forge.accounts import ensure_app
from sandbox.forge.checks import ensure_check_suite, rerequest_check_suite
from sandbox.git.commits import commit_at
from sandbox.rest.checks import app_of
from sandbox.rest.commits import commit_named
from sandbox.store import Doc
from sandbox.views.checks import check_suite_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def create(call: Call) -> Response:
    """Create a check suite, or return the one that exists."""
    app, sha = app_of(call), call.required("head_sha", str)
    if commit_at(call.git, sha) is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    known = call.world.store.find(f"check_suite:{call.full_name}", "head_sha", sha)
    exists = any(suite["app"] == app for suite in known)
    suite = ensure_check_suite(call.world, call.repo, sha, app)
    return answer(check_suite_json(call.world, call.repo, suite), 200 if exists else 201)


def get(call: Call) -> Response:
    """Get a check suite."""
    return answer(check_suite_json(call.world, call.repo, _suite(call)))


def rerequest(call: Call) -> Response:
    """Rerequest a check suite."""
    rerequest_check_suite(call.world, call.repo, _suite(call), call.actor.login)
    return answer({}, 201)


def for_ref(call: Call) -> Response:
    """List check suites of a commit, branch or tag."""
    sha = str(commit_named(call, call.params["ref"]).id)
    app, check = call.query.get("app_id", ""), call.query.get("check_name")
    found = [
        suite
        for suite in call.world.store.find(f"check_suite:{call.full_name}", "head_sha", sha)
        if app in {"", str(ensure_app(call.world, suite["app"])["id"])}
        and (not check or _has(call, suite, check))
    ]
    return call.listing(found, lambda suite: check_suite_json(call.world, call.repo, suite), "check_suites")


def _has(call: Call, suite: Doc, check: str) -> bool:
    runs = call.world.store.find(f"check_run:{call.full_name}", "suite", suite["id"])
    return any(run["name"] == check for run in runs)


def _suite(call: Call) -> Doc:
    found = call.world.store.get(f"check_suite:{call.full_name}", call.number("suite"))
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("POST", f"{_BASE}/check-suites", create, "checks:write"),
    endpoint("GET", f"{_BASE}/check-suites/{{suite}}", get),
    endpoint("POST", f"{_BASE}/check-suites/{{suite}}/rerequest", rerequest, "checks:write"),
    endpoint("GET", f"{_BASE}/commits/{{ref:path}}/check-suites", for_ref),
)
