"""Branches.

https://docs.github.com/en/rest/branches/branches
"""

from starlette.responses import Response

from sandbox.git.refs import HEADS, find_ref
from sandbox.views.branches import branch_full, branch_short, is_protected
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError


def require_branch(call: Call) -> str:
    """Return the branch named in the path; 404 in GitHub's words if there is none."""
    branch = call.params["branch"]
    if find_ref(call.git, f"{HEADS}{branch}") is None:
        raise ApiError(404, "Branch not found")
    return branch


def get_branch(call: Call) -> Response:
    """Get a branch, with the summary of its protection."""
    return answer(branch_full(call.world, call.repo, require_branch(call)))


def list_branches(call: Call) -> Response:
    """List branches by name; `protected` filters."""
    names = sorted(one.removeprefix(HEADS) for one in call.git.references if one.startswith(HEADS))
    wanted = call.query.get("protected")
    if wanted is not None:
        names = [name for name in names if is_protected(call.world, call.repo, name) == (wanted == "true")]
    return call.listing(names, lambda name: branch_short(call.world, call.repo, name))


_BASE = "/repos/{owner}/{repo}/branches"
ENDPOINTS = (
    endpoint("GET", _BASE, list_branches),
    endpoint("GET", f"{_BASE}/{{branch:path}}", get_branch),
)
