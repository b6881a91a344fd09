"""Check runs and suites as GitHub shows them."""

from typing import Any

from sandbox.forge.accounts import CI_APP, ensure_app
from sandbox.git.commits import commit_at, stamp_of
from sandbox.store import Doc
from sandbox.views.accounts import app as app_json
from sandbox.views.commits import text_of
from sandbox.views.links import node_id
from sandbox.views.pulls import pull_minimal
from sandbox.views.repos import minimal_repository
from sandbox.world import World

#: conclusions from worst to best: a suite concludes as its worst run
_WORST_FIRST = (
    *("failure", "timed_out", "cancelled", "action_required", "stale", "neutral", "success", "skipped"),
)


def check_run_json(world: World, repo: Doc, run: Doc) -> dict[str, Any]:
    """GitHub's `check-run`."""
    name = repo["full_name"]
    url = world.links.repo(name, "check-runs", run["id"])
    page = world.links.page(name, "runs", run["id"])
    output = run["output"]
    return {
        "id": run["id"],
        "name": run["name"],
        "node_id": node_id("CheckRun", name, run["id"]),
        "head_sha": run["head_sha"],
        "external_id": run["external_id"] or "",
        "url": url,
        "html_url": page,
        "details_url": details_of(world, name, run),
        "status": run["status"],
        "conclusion": run["conclusion"],
        "started_at": run["started_at"],
        "completed_at": run["completed_at"],
        "output": {
            "title": output["title"],
            "summary": output["summary"],
            "text": output["text"],
            "annotations_count": len(output["annotations"]),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run["suite"]},
        "app": app_json(world.links, ensure_app(world, run["app"])),
        "pull_requests": pulls_at(world, repo, run["head_sha"]),
    }


def details_of(world: World, repo: str, run: Doc) -> str:
    """Return where a check run tells more: where its app says, or for GitHub Actions the job's page."""
    if run["app"] == CI_APP:
        return workflow_page(world, repo, run["suite"]) + f"/job/{run['id']}"
    return run["details_url"] or world.links.page(repo, "runs", run["id"])


def workflow_page(world: World, repo: str, suite: int) -> str:
    """Return the page of a workflow run, which here is the suite of its jobs."""
    return world.links.page(repo, "actions/runs", suite)


def annotation_json(world: World, repo: str, sha: str, annotation: dict[str, Any]) -> dict[str, Any]:
    """GitHub's `check-annotation`."""
    return {
        "path": annotation["path"],
        "blob_href": world.links.page(repo, "blob", sha, annotation["path"]),
        "start_line": annotation["start_line"],
        "start_column": annotation.get("start_column"),
        "end_line": annotation["end_line"],
        "end_column": annotation.get("end_column"),
        "annotation_level": annotation["annotation_level"],
        "title": annotation.get("title"),
        "message": annotation["message"],
        "raw_details": annotation.get("raw_details"),
    }


def check_suite_json(world: World, repo: Doc, suite: Doc) -> dict[str, Any]:
    """GitHub's `check-suite`."""
    name, sha = repo["full_name"], suite["head_sha"]
    url = world.links.repo(name, "check-suites", suite["id"])
    status, conclusion = suite_state(world, name, suite)
    return {
        "id": suite["id"],
        "node_id": node_id("CheckSuite", name, suite["id"]),
        "head_branch": suite["head_branch"],
        "head_sha": sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": None,
        "after": sha,
        "pull_requests": pulls_at(world, repo, sha),
        "app": app_json(world.links, ensure_app(world, suite["app"])),
        "repository": minimal_repository(world.links, repo),
        "created_at": suite["created_at"],
        "updated_at": suite["updated_at"],
        "head_commit": simple_commit(world, name, sha),
        "latest_check_runs_count": len(world.store.find(f"check_run:{name}", "suite", suite["id"])),
        "check_runs_url": f"{url}/check-runs",
        "rerequestable": True,
    }


def suite_state(world: World, repo: str, suite: Doc) -> tuple[str, str | None]:
    """Tell a suite's status and conclusion from the newest run of each name."""
    runs = {run["name"]: run for run in world.store.find(f"check_run:{repo}", "suite", suite["id"])}
    statuses = {run["status"] for run in runs.values()}
    if not runs or statuses == {"queued"}:
        return "queued", None
    if statuses != {"completed"}:
        return "in_progress", None
    conclusions = {run["conclusion"] for run in runs.values()}
    return "completed", next(one for one in _WORST_FIRST if one in conclusions)


def pulls_at(world: World, repo: Doc, sha: str) -> list[dict[str, Any]]:
    """Show the open pull requests whose head is a commit."""
    found = world.store.find(f"issue:{repo['full_name']}", "head_sha", sha)
    return [pull_minimal(world, repo, pull) for pull in found if pull["state"] == "open"]


def simple_commit(world: World, repo: str, sha: str) -> dict[str, Any] | None:
    """GitHub's `simple-commit`, or None for a commit that is not there."""
    commit = commit_at(world.git.open(repo), sha)
    if commit is None:
        return None
    return {
        "id": sha,
        "tree_id": str(commit.tree_id),
        "message": text_of(commit),
        "timestamp": stamp_of(commit.author),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }
