"""Pull requests and reviews as GitHub shows them."""

from typing import Any

from sandbox.forge.mergeability import merge_sha_of, verdict_of
from sandbox.forge.pull_reads import pull_commits, pull_files
from sandbox.store import Doc
from sandbox.views.commits import line_counts
from sandbox.views.issues import comment_count, shared_json, user_json
from sandbox.views.links import node_id
from sandbox.views.repos import repository
from sandbox.world import World


def _side(world: World, repo: Doc, shown: dict[str, Any], ref: str, sha: str) -> dict[str, Any]:
    owner = repo["owner"]["login"]
    user = user_json(world, owner)
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": user, "repo": shown}


def _addresses(world: World, name: str, pull: Doc) -> dict[str, str]:
    links, number = world.links, pull["number"]
    url, issue = links.repo(name, "pulls", number), links.repo(name, "issues", number)
    return {
        "html": links.page(name, "pull", number),
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": links.repo(name, "pulls/comments{/number}"),
        "commits": f"{url}/commits",
        "statuses": links.repo(name, "statuses", pull["head_sha"]),
    }


def _auto_merge(world: World, name: str, pull: Doc) -> dict[str, Any] | None:
    wanted = world.store.get(f"auto_merge:{name}", pull["number"])
    if wanted is None:
        return None
    return {
        "enabled_by": user_json(world, wanted["login"]),
        "merge_method": wanted["method"],
        "commit_title": wanted["title"] or pull["title"],
        "commit_message": wanted["message"] or "",
    }


def pull_simple(world: World, repo: Doc, pull: Doc) -> dict[str, Any]:
    """GitHub's `pull-request-simple`, as lists show it."""
    name, number, links = repo["full_name"], pull["number"], world.links
    url, page = links.repo(name, "pulls", number), links.page(name, "pull", number)
    inside = repository(links, repo, len(world.store.find(f"issue:{name}", "state", "open")))
    addresses = _addresses(world, name, pull)
    return shared_json(world, name, pull) | {
        "id": pull["id"],
        "node_id": node_id("PullRequest", name, number),
        "url": url,
        **{f"{kind}_url": address for kind, address in addresses.items()},
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": pull["merged_at"],
        "merge_commit_sha": merge_sha_of(world, repo, pull),
        "requested_reviewers": [user_json(world, login) for login in pull["requested_reviewers"]],
        "requested_teams": [],
        "draft": pull["draft"],
        "head": _side(world, repo, inside, pull["head_ref"], pull["head_sha"]),
        "base": _side(world, repo, inside, pull["base_ref"], pull["base_sha"]),
        "_links": {"self": {"href": url}, **{kind: {"href": at} for kind, at in addresses.items()}},
        "auto_merge": _auto_merge(world, name, pull),
    }


def pull_full(world: World, repo: Doc, pull: Doc) -> dict[str, Any]:
    """GitHub's `pull-request`."""
    name = repo["full_name"]
    verdict = verdict_of(world, repo, pull)
    files = pull_files(world, repo, pull)
    added, removed = line_counts(files)
    return pull_simple(world, repo, pull) | {
        "merged": pull["merged_at"] is not None,
        "mergeable": verdict.mergeable,
        "rebaseable": verdict.mergeable,
        "mergeable_state": verdict.state,
        "merged_by": user_json(world, pull["merged_by"]),
        "comments": comment_count(world, name, pull["number"]),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(pull_commits(world, repo, pull)),
        "additions": added,
        "deletions": removed,
        "changed_files": len(files),
    }


def pull_minimal(world: World, repo: Doc, pull: Doc) -> dict[str, Any]:
    """GitHub's `pull-request-minimal`, as check runs name it."""
    name = repo["full_name"]
    short = {"id": repo["id"], "url": world.links.repo(name), "name": repo["name"]}
    return {
        "id": pull["id"],
        "number": pull["number"],
        "url": world.links.repo(name, "pulls", pull["number"]),
        "head": {"ref": pull["head_ref"], "sha": pull["head_sha"], "repo": short},
        "base": {"ref": pull["base_ref"], "sha": pull["base_sha"], "repo": short},
    }


def review_json(world: World, repo: str, review: Doc) -> dict[str, Any]:
    """GitHub's `pull-request-review`."""
    page = f"{world.links.page(repo, 'pull', review['pull'])}#pullrequestreview-{review['id']}"
    url = world.links.repo(repo, "pulls", review["pull"])
    shown = {
        "id": review["id"],
        "node_id": node_id("PullRequestReview", repo, review["id"]),
        "user": user_json(world, review["user"]),
        "body": review["body"],
        "state": review["state"],
        "html_url": page,
        "pull_request_url": url,
        "author_association": "COLLABORATOR",
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "commit_id": review["commit_id"],
    }
    if review["submitted_at"] is not None:
        shown["submitted_at"] = review["submitted_at"]
    return shown
