"""Check runs and commit statuses as GraphQL shows them, and their sum."""

from typing import Any

from sandbox.forge.accounts import CI_APP, app_of
from sandbox.forge.issues import find_issue
from sandbox.forge.rules import rules_for
from sandbox.forge.verdicts import PASSING, latest_runs, latest_statuses
from sandbox.graphql.connections import connection
from sandbox.graphql.scene import GraphError, Scene, Shown, resolve_id
from sandbox.store import Doc
from sandbox.views.checks import details_of, suite_state, workflow_page
from sandbox.views.links import node_id

_WAITING = {"queued", "in_progress", "pending", "requested", "waiting"}


def _upper(value: str | None) -> str | None:
    return None if value is None else value.upper()


def _is_required(scene: Scene, repo: Doc, context: str, args: dict[str, Any]) -> bool:
    number = args.get("pullRequestNumber")
    if args.get("pullRequestId"):
        number = int(resolve_id(args["pullRequestId"], "PullRequest")[2])
    if number is None:
        raise GraphError("UNPROCESSABLE", "One of pullRequestId or pullRequestNumber must be given.")
    pull = find_issue(scene.world, repo["full_name"], number)
    return any(
        check.context == context
        for rules in rules_for(scene.world, repo, pull["base_ref"])
        for check in rules.checks
    )


def _app_view(app: Doc) -> Shown:
    return {
        "id": node_id("App", app["slug"]),
        "databaseId": app["id"],
        "slug": app["slug"],
        "name": app["name"],
    }


def _suite(scene: Scene, repo: Doc, run: Doc) -> Shown:
    name = repo["full_name"]
    suite = scene.world.store.get(f"check_suite:{name}", run["suite"])
    status, conclusion = (
        suite_state(scene.world, name, suite) if suite else (run["status"], run["conclusion"])
    )
    app = app_of(scene.world, run["app"])
    return {
        "id": node_id("CheckSuite", name, run["suite"]),
        "databaseId": run["suite"],
        "status": _upper(status),
        "conclusion": _upper(conclusion),
        "app": _app_view(app) if app else None,
        "workflowRun": _workflow_run(scene, repo, run) if run["app"] == CI_APP else None,
    }


def _workflow_run(scene: Scene, repo: Doc, run: Doc) -> Shown:
    return {
        "id": node_id("WorkflowRun", repo["full_name"], run["suite"]),
        "databaseId": run["suite"],
        "url": workflow_page(scene.world, repo["full_name"], run["suite"]),
    }


def _run_view(scene: Scene, repo: Doc, run: Doc) -> Shown:
    page = scene.world.links.page(repo["full_name"], "runs", run["id"])
    output = run.get("output") or {}
    return {
        "__typename": "CheckRun",
        "id": node_id("CheckRun", repo["full_name"], run["id"]),
        "databaseId": run["id"],
        "name": run["name"],
        "status": _upper(run["status"]),
        "conclusion": _upper(run["conclusion"]),
        "detailsUrl": details_of(scene.world, repo["full_name"], run),
        "url": page,
        "startedAt": run.get("started_at"),
        "completedAt": run.get("completed_at"),
        "title": output.get("title"),
        "summary": output.get("summary"),
        "checkSuite": lambda _info: _suite(scene, repo, run),
        "isRequired": lambda _info, **args: _is_required(scene, repo, run["name"], args),
    }


def _status_view(scene: Scene, repo: Doc, status: Doc) -> Shown:
    return {
        "__typename": "StatusContext",
        "id": node_id("StatusContext", repo["full_name"], status["id"]),
        "context": status["context"],
        "state": _upper(status["state"]),
        "description": status["description"],
        "targetUrl": status["target_url"],
        "createdAt": status["created_at"],
        "isRequired": lambda _info, **args: _is_required(scene, repo, status["context"], args),
    }


def _state(runs: list[Doc], statuses: list[Doc]) -> str:
    words = {one["state"] for one in statuses}
    words |= {"pending" for run in runs if run["status"] in _WAITING}
    words |= {"failure" for run in runs if run["status"] == "completed" and run["conclusion"] not in PASSING}
    return next((word.upper() for word in ("error", "failure", "pending") if word in words), "SUCCESS")


def rollup_view(scene: Scene, repo: Doc, sha: str) -> Shown | None:
    """Show the sum of everything reported on a commit; None where nothing is."""
    runs = latest_runs(scene.world, repo["full_name"], sha)
    statuses = latest_statuses(scene.world, repo["full_name"], sha)
    if not runs and not statuses:
        return None

    def contexts(_info: object, **args: Any) -> Shown:
        items = [(_run_view, run) for run in runs] + [(_status_view, status) for status in statuses]
        counts = {"checkRunCount": len(runs), "statusContextCount": len(statuses)}
        return {**connection("contexts", items, args, lambda one: one[0](scene, repo, one[1])), **counts}

    return {
        "id": node_id("StatusCheckRollup", repo["full_name"], sha),
        "state": _state(runs, statuses),
        "contexts": contexts,
    }
