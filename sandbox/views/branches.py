"""Branches and their protection as GitHub shows them."""

from typing import Any
from urllib.parse import quote

import pygit2

from sandbox.forge.rules import rulesets_for
from sandbox.store import Doc
from sandbox.views.commits import commit_json
from sandbox.world import World

_SWITCHES = {
    "required_linear_history": "linear",
    "allow_force_pushes": "force_pushes",
    "allow_deletions": "deletions",
    "block_creations": None,
    "required_conversation_resolution": "conversation",
    "lock_branch": None,
    "allow_fork_syncing": None,
}


def branch_short(world: World, repo: Doc, branch: str) -> dict[str, Any]:
    """GitHub's `short-branch`."""
    name = repo["full_name"]
    sha = str(world.git.open(name).references[f"refs/heads/{branch}"].target)
    shown = {"name": branch, "commit": {"sha": sha, "url": world.links.repo(name, "commits", sha)}}
    return shown | {"protected": is_protected(world, repo, branch)}


def branch_full(world: World, repo: Doc, branch: str) -> dict[str, Any]:
    """GitHub's `branch-with-protection`: what a token may read that may not administer."""
    name, git = repo["full_name"], world.git.open(repo["full_name"])
    tip = git.references[f"refs/heads/{branch}"].peel(pygit2.Commit)
    url = world.links.repo(name, "branches", quote(branch))
    return {
        "name": branch,
        "commit": commit_json(world, name, tip),
        "_links": {"self": url, "html": world.links.page(name, "tree", quote(branch))},
        "protected": is_protected(world, repo, branch),
        "protection": _summary(world.store.get(f"protection:{name}", branch)),
        "protection_url": f"{url}/protection",
    }


def is_protected(world: World, repo: Doc, branch: str) -> bool:
    """Whether classic protection or an active ruleset covers a branch."""
    classic = world.store.get(f"protection:{repo['full_name']}", branch)
    return classic is not None or any(True for _ in rulesets_for(world, repo, branch))


def protection_json(world: World, repo: str, branch: str, protection: Doc) -> dict[str, Any]:
    """GitHub's `branch-protection`, as administrators read it."""
    url = world.links.repo(repo, "branches", quote(branch), "protection")
    shown: dict[str, Any] = {"url": url}
    if protection["checks"] is not None:
        shown["required_status_checks"] = checks_json(world, repo, branch, protection)
    if protection["reviews"] is not None:
        reviews = {"url": f"{url}/required_pull_request_reviews", **protection["reviews"]}
        shown["required_pull_request_reviews"] = reviews
    shown["required_signatures"] = {"url": f"{url}/required_signatures", "enabled": False}
    shown["enforce_admins"] = {"url": f"{url}/enforce_admins", "enabled": protection["enforce_admins"]}
    for switch, field in _SWITCHES.items():
        shown[switch] = {"enabled": bool(field and protection[field])}
    return shown


def checks_json(world: World, repo: str, branch: str, protection: Doc) -> dict[str, Any]:
    """GitHub's `status-check-policy`."""
    url = world.links.repo(repo, "branches", quote(branch), "protection/required_status_checks")
    checks = protection["checks"]
    contexts = [check["context"] for check in checks]
    policy = {"url": url, "strict": protection["strict"], "contexts": contexts}
    return policy | {"contexts_url": f"{url}/contexts", "checks": checks}


def _summary(protection: Doc | None) -> dict[str, Any]:
    checks = [] if protection is None else protection["checks"] or []
    level = "off"
    if protection is not None and protection["checks"] is not None:
        level = "everyone" if protection["enforce_admins"] else "non_admins"
    contexts = [check["context"] for check in checks]
    policy = {"enforcement_level": level, "contexts": contexts, "checks": checks}
    return {"enabled": protection is not None, "required_status_checks": policy}
