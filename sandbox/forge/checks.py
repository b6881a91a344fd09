"""Check runs and the suites they belong to, one suite per commit and app.

- `check_suite:{repo}` key id: `{id, head_sha, head_branch, app, created_at, updated_at}`; status and
  conclusion follow from the runs
- `check_run:{repo}` key id: `{id, suite, head_sha, name, app, app_id, status, conclusion, started_at,
  completed_at, external_id, details_url, output: {title, summary, text, annotations}}`
"""

from collections.abc import Mapping
from typing import Any

from sandbox.forge.accounts import ensure_app
from sandbox.forge.publish import publish
from sandbox.store import Doc
from sandbox.views.checks import check_run_json, check_suite_json, suite_state
from sandbox.web.errors import ApiError
from sandbox.world import World

_STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
_CONCLUSIONS = (
    *("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale"),
)
_PLAIN = ("name", "external_id", "details_url", "started_at", "completed_at")
_NO_OUTPUT: dict[str, Any] = {"title": None, "summary": None, "text": None, "annotations": []}


def create_check_run(world: World, repo: Doc, app: str, fields: Mapping[str, Any]) -> Doc:
    """Create a check run of an app; `fields` as in the REST body."""
    name, document = repo["full_name"], ensure_app(world, app)
    suite = _ensure_suite(world, repo, str(fields["head_sha"]), app)
    blank: dict[str, Any] = {
        "id": world.store.next_id("id", start=1001),
        "suite": suite["id"],
        "head_sha": fields["head_sha"],
        "app": app,
        "app_id": document["id"],
        "status": "queued",
        "conclusion": None,
        "output": _NO_OUTPUT,
        **dict.fromkeys(_PLAIN),
    }
    run = world.store.put(f"check_run:{name}", blank["id"], {**blank, **_changed(world, blank, fields)})
    _announce(world, repo, run, "created")
    if run["status"] == "completed":
        _announce(world, repo, run, "completed")
        _announce_suite(world, repo, suite)
    return run


def update_check_run(world: World, repo: Doc, run: Doc, fields: Mapping[str, Any]) -> Doc:
    """Change a check run; completing it is announced, as is the completion of its suite."""
    name = repo["full_name"]
    changed = world.store.put(f"check_run:{name}", run["id"], {**run, **_changed(world, run, fields)})
    if changed["status"] == "completed" and run["status"] != "completed":
        _announce(world, repo, changed, "completed")
        suite = world.store.get(f"check_suite:{name}", run["suite"])
        if suite is not None:
            _announce_suite(world, repo, suite)
    return changed


def rerequest_check_run(world: World, repo: Doc, run: Doc, login: str) -> None:
    """Ask the app to run a check again."""
    shown = check_run_json(world, repo, run)
    publish(world, repo, "check_run", login, {"action": "rerequested", "check_run": shown})


def rerequest_check_suite(world: World, repo: Doc, suite: Doc, login: str) -> None:
    """Ask the app to run all checks of a suite again."""
    shown = check_suite_json(world, repo, suite)
    publish(world, repo, "check_suite", login, {"action": "rerequested", "check_suite": shown})


def ensure_check_suite(world: World, repo: Doc, sha: str, app: str) -> Doc:
    """Return the suite of a commit and an app, made and announced if it is new."""
    return _ensure_suite(world, repo, sha, app)


def _ensure_suite(world: World, repo: Doc, sha: str, app: str) -> Doc:
    name = repo["full_name"]
    for suite in world.store.find(f"check_suite:{name}", "head_sha", sha):
        if suite["app"] == app:
            return suite
    now = world.stamp()
    document: dict[str, Any] = {
        "id": world.store.next_id("id", start=1001),
        "head_sha": sha,
        "head_branch": _branch_at(world, name, sha),
        "app": app,
        "created_at": now,
        "updated_at": now,
    }
    suite = world.store.put(f"check_suite:{name}", document["id"], document)
    shown = check_suite_json(world, repo, suite)
    publish(world, repo, "check_suite", _bot(app), {"action": "requested", "check_suite": shown})
    return suite


def _branch_at(world: World, repo: str, sha: str) -> str | None:
    references = world.git.open(repo).references
    names = (name for name in references if name.startswith("refs/heads/"))
    found = next((name for name in names if str(references[name].target) == sha), None)
    return None if found is None else found.removeprefix("refs/heads/")


def _changed(world: World, run: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    status, conclusion = fields.get("status"), fields.get("conclusion")
    if status not in {None, *_STATUSES} or conclusion not in {None, *_CONCLUSIONS}:
        raise ApiError(422, f"Invalid request.\n\n{conclusion or status} is not a possible value.")
    changes = {name: fields[name] for name in _PLAIN if fields.get(name) is not None}
    if conclusion is not None:
        changes |= {"conclusion": conclusion, "status": "completed"}
        changes.setdefault("completed_at", world.stamp())
    elif status == "completed" and run["conclusion"] is None:
        raise ApiError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
    elif status is not None:
        changes |= {"status": status}
        changes |= {} if status == "completed" else {"conclusion": None, "completed_at": None}
    if changes.get("status") != "queued" and run["started_at"] is None:
        changes.setdefault("started_at", world.stamp())
    return changes | _output(run, fields.get("output"))


def _output(run: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    if not given:
        return {}
    annotations = [*run["output"]["annotations"], *given.get("annotations", ())]
    texts = {name: given.get(name, run["output"][name]) for name in ("title", "summary", "text")}
    return {"output": {**texts, "annotations": annotations}}


def _bot(app: str) -> str:
    return f"{app}[bot]"


def _announce(world: World, repo: Doc, run: Doc, action: str) -> None:
    shown = check_run_json(world, repo, run)
    publish(world, repo, "check_run", _bot(run["app"]), {"action": action, "check_run": shown})


def _announce_suite(world: World, repo: Doc, suite: Doc) -> None:
    if suite_state(world, repo["full_name"], suite)[0] == "completed":
        shown = check_suite_json(world, repo, suite)
        payload = {"action": "completed", "check_suite": shown}
        publish(world, repo, "check_suite", _bot(suite["app"]), payload)
