"""Repositories as GitHub shows them."""

from functools import cache
from typing import Any

from sandbox.store import Doc
from sandbox.views.accounts import simple_user
from sandbox.views.links import Links, node_id
from sandbox.web.auth import Actor

_PARTS = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{/sha}",
}
#: what is the same of every repository here
_FIXED: dict[str, Any] = {
    **dict.fromkeys(("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size"), 0),
    **dict.fromkeys(("private", "fork", "has_discussions", "archived", "disabled", "is_template"), False),
    **dict.fromkeys(("has_pages", "has_downloads", "allow_forking"), True),
    **dict.fromkeys(("mirror_url", "language", "license")),
    "topics": [],
    "visibility": "public",
}
_MERGING = ("allow_", "squash_", "merge_commit", "use_squash")
#: what `PATCH /repos/{owner}/{repo}` can change, with GitHub's defaults for a new repository
SETTINGS: dict[str, Any] = {
    "description": None,
    "homepage": None,
    "default_branch": "main",
    "has_issues": True,
    "has_projects": False,
    "has_wiki": False,
    "allow_squash_merge": True,
    "allow_merge_commit": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
    "use_squash_pr_title_as_default": False,
    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
    "squash_merge_commit_message": "COMMIT_MESSAGES",
    "merge_commit_title": "MERGE_MESSAGE",
    "merge_commit_message": "PR_TITLE",
    "web_commit_signoff_required": False,
}


@cache
def _addresses(url: str) -> dict[str, str]:
    return {f"{part}_url": url + path for part, path in _PARTS.items()}


def repository(links: Links, repo: Doc, open_issues: int = 0) -> dict[str, Any]:
    """GitHub's `repository`, as it stands inside pull requests and events."""
    name, url = repo["full_name"], links.repo(repo["full_name"])
    page = links.page(name)
    return {
        **_FIXED,
        "id": repo["id"],
        "node_id": node_id("Repository", name),
        "name": repo["name"],
        "full_name": name,
        "owner": simple_user(links, repo["owner"]),
        "html_url": page,
        "url": url,
        **_addresses(url),
        "git_url": f"{page.replace('http:', 'git:')}.git",
        "ssh_url": f"git@localhost:{name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "created_at": repo["created_at"],
        "updated_at": repo["updated_at"],
        "pushed_at": repo["pushed_at"],
        **{name: repo[name] for name in SETTINGS},
    }


def minimal_repository(links: Links, repo: Doc) -> dict[str, Any]:
    """GitHub's `minimal-repository`, which does not tell how pull requests are merged."""
    shown = repository(links, repo)
    return {name: shown[name] for name in shown if not name.startswith(_MERGING) or name == "allow_forking"}


def full_repository(links: Links, repo: Doc, actor: Actor, open_issues: int) -> dict[str, Any]:
    """GitHub's `full-repository`, with what `actor` may do."""
    shown = repository(links, repo, open_issues) | {"subscribers_count": 0, "network_count": 0}
    if repo["owner"]["type"] == "Organization":
        shown["organization"] = shown["owner"]
    if actor.login:
        push = actor.may("contents", "write")
        shown["permissions"] = {
            "admin": actor.admin,
            "maintain": actor.admin,
            "push": push,
            "triage": push,
            "pull": True,
        }
        shown["temp_clone_token"] = ""
    return shown
