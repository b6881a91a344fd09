"""Repositories: get, create, change settings."""

from starlette.responses import Response

from sandbox.forge.repos import change_repo, create_repo, open_issue_count
from sandbox.git.refs import HEADS, find_ref
from sandbox.store import Doc
from sandbox.views.repos import SETTINGS, full_repository
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import invalid

#: ways to merge; one of them stays allowed
_METHODS = ("allow_merge_commit", "allow_squash_merge", "allow_rebase_merge")


def _shown(call: Call, repo: Doc, status: int = 200) -> Response:
    count = open_issue_count(call.world, repo["full_name"])
    return answer(full_repository(call.world.links, repo, call.actor, count), status)


def get_repo(call: Call) -> Response:
    """Get a repository."""
    return _shown(call, call.repo)


def patch_repo(call: Call) -> Response:
    """Update a repository: the settings in `SETTINGS`."""
    changes = {name: value for name, value in call.body.items() if name in SETTINGS}
    branch = changes.get("default_branch")
    if branch is not None and find_ref(call.git, f"{HEADS}{branch}") is None:
        message = f"The branch {branch} was not found. Please push that ref first."
        raise invalid("Repository", "default_branch", message=message)
    if not any({**call.repo, **changes}[name] for name in _METHODS):
        message = "Sorry, you need to allow at least one merge strategy. (no_merge_method)"
        raise invalid("Repository", "merge_commit_allowed", message=message)
    return _shown(call, change_repo(call.world, call.repo, changes))


def post_repo(call: Call) -> Response:
    """Create a repository for the authenticated user or for an organization."""
    owner = call.params.get("org", call.actor.login)
    settings = {name: value for name, value in call.body.items() if name in SETTINGS and value is not None}
    repo = create_repo(call.world, owner, call.required("name", str), settings)
    return _shown(call, repo, 201)


ENDPOINTS = (
    endpoint("GET", "/repos/{owner}/{repo}", get_repo),
    endpoint("PATCH", "/repos/{owner}/{repo}", patch_repo, "administration:write"),
    endpoint("POST", "/user/repos", post_repo, "administration:write"),
    endpoint("POST", "/orgs/{org}/repos", post_repo, "administration:write"),
)
