"""Issues, labels and comments as GitHub shows them."""

from typing import Any
from urllib.parse import quote

from sandbox.forge.accounts import account
from sandbox.forge.labels import label_named
from sandbox.store import Doc
from sandbox.views.accounts import simple_user
from sandbox.views.links import node_id
from sandbox.world import World

_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def user_json(world: World, login: str | None) -> dict[str, Any] | None:
    """Show an account, or None for nobody."""
    return None if login is None else simple_user(world.links, account(world, login))


def label_json(world: World, repo: str, label: Doc) -> dict[str, Any]:
    """GitHub's `label`."""
    return {
        "id": label["id"],
        "node_id": node_id("Label", repo, label["name"]),
        "url": world.links.repo(repo, "labels", quote(label["name"])),
        "name": label["name"],
        "color": label["color"],
        "default": label["default"],
        "description": label["description"],
    }


def labels_json(world: World, repo: str, issue: Doc) -> list[dict[str, Any]]:
    """Show an issue's labels."""
    found = (label_named(world, repo, name) for name in issue["labels"])
    return [label_json(world, repo, label) for label in found if label is not None]


def reactions_json(url: str) -> dict[str, Any]:
    """GitHub's `reaction-rollup`; nobody reacts here."""
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}


def comment_count(world: World, repo: str, number: int) -> int:
    """Count the comments of an issue or pull request."""
    return len(world.store.find(f"comment:{repo}", "issue", number))


def shared_json(world: World, repo: str, issue: Doc) -> dict[str, Any]:
    """Show the fields that issues and pull requests have in common."""
    return {
        "number": issue["number"],
        "title": issue["title"],
        "body": issue["body"],
        "user": user_json(world, issue["user"]),
        "labels": labels_json(world, repo, issue),
        "state": issue["state"],
        "locked": False,
        "active_lock_reason": None,
        "assignee": user_json(world, issue["assignees"][0]) if issue["assignees"] else None,
        "assignees": [user_json(world, login) for login in issue["assignees"]],
        "milestone": None,
        "created_at": issue["created_at"],
        "updated_at": issue["updated_at"],
        "closed_at": issue["closed_at"],
        "author_association": "COLLABORATOR",
    }


def issue_json(world: World, repo: str, issue: Doc) -> dict[str, Any]:
    """GitHub's `issue`; a pull request shown as an issue carries `pull_request`."""
    number, links = issue["number"], world.links
    url = links.repo(repo, "issues", number)
    page = links.page(repo, "pull" if issue["pull"] else "issues", number)
    shown = shared_json(world, repo, issue) | {
        "id": issue["id"],
        "node_id": node_id("PullRequest" if issue["pull"] else "Issue", repo, number),
        "url": url,
        "repository_url": links.repo(repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "comments": comment_count(world, repo, number),
        "closed_by": user_json(world, issue["closed_by"]),
        "state_reason": issue["state_reason"],
        "reactions": reactions_json(url),
        "performed_via_github_app": None,
    }
    if issue["pull"]:
        api = links.repo(repo, "pulls", number)
        addresses = {"url": api, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        shown["pull_request"] = {**addresses, "merged_at": issue["merged_at"]}
        shown["draft"] = issue["draft"]
    return shown


def comment_json(world: World, repo: str, comment: Doc) -> dict[str, Any]:
    """GitHub's `issue-comment`."""
    issue = world.store.get(f"issue:{repo}", comment["issue"])
    folder = "pull" if issue is not None and issue["pull"] else "issues"
    url = world.links.repo(repo, "issues/comments", comment["id"])
    page = world.links.page(repo, folder, comment["issue"])
    return {
        "id": comment["id"],
        "node_id": node_id("IssueComment", repo, comment["id"]),
        "url": url,
        "html_url": f"{page}#issuecomment-{comment['id']}",
        "issue_url": world.links.repo(repo, "issues", comment["issue"]),
        "user": user_json(world, comment["user"]),
        "body": comment["body"],
        "created_at": comment["created_at"],
        "updated_at": comment["updated_at"],
        "author_association": "COLLABORATOR",
        "reactions": reactions_json(url),
        "performed_via_github_app": None,
    }
