"""Git references.

https://docs.github.com/en/rest/git/refs
"""

import pygit2
from starlette.responses import Response

from sandbox.forge.refs import RefChange, apply_change, is_rewrite, require_allowed
from sandbox.git.commits import is_blank
from sandbox.git.refs import clashing_ref, find_ref, is_ref_name
from sandbox.views.git import ref_json
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found

_SHA_LENGTH = 40
_LEAST_SLASHES = 2


def get_ref(call: Call) -> Response:
    """Get a reference."""
    reference = find_ref(call.git, f"refs/{call.params['ref']}")
    if reference is None:
        raise not_found()
    return answer(ref_json(call.world, call.full_name, reference))


def matching_refs(call: Call) -> Response:
    """List references that begin with a prefix."""
    prefix = f"refs/{call.params.get('ref', '')}"
    git = call.git
    names = sorted(name for name in git.references if name.startswith(prefix))
    return call.listing(names, lambda name: ref_json(call.world, call.full_name, git.references[name]))


def create_ref(call: Call) -> Response:
    """Create a reference."""
    name, sha = call.required("ref", str), call.required("sha", str)
    if not name.startswith("refs/") or name.count("/") < _LEAST_SLASHES:
        raise ApiError(
            422, f"Reference name must start with 'refs/' and contain at least two slashes: {name}"
        )
    if not is_ref_name(name):
        raise ApiError(422, f"{name} is not a valid ref name.")
    if is_blank(call.git):
        raise ApiError(409, "Git Repository is empty.")
    _require_object(call, name, sha)
    if name in call.git.references:
        raise ApiError(422, "Reference already exists")
    clash = clashing_ref(call.git, name)
    if clash is not None:
        raise ApiError(422, f"Cannot lock ref '{name}': '{clash}' exists; cannot create '{name}'")
    _move(call, RefChange(name=name, old=None, new=sha))
    return answer(ref_json(call.world, call.full_name, call.git.references[name]), 201)


def update_ref(call: Call) -> Response:
    """Update a reference; without `force` only forward."""
    name, sha = f"refs/{call.params['ref']}", call.required("sha", str)
    reference = find_ref(call.git, name)
    if reference is None:
        raise ApiError(422, "Reference does not exist")
    _require_object(call, name, sha)
    change = RefChange(name=name, old=str(reference.target), new=sha)
    if is_rewrite(call.git, change) and not call.field("force", bool, default=False):
        raise ApiError(422, "Update is not a fast forward")
    if change.old != change.new:
        _move(call, change)
    return answer(ref_json(call.world, call.full_name, call.git.references[name]))


def delete_ref(call: Call) -> Response:
    """Delete a reference."""
    name = f"refs/{call.params['ref']}"
    reference = find_ref(call.git, name)
    if reference is None:
        raise ApiError(422, "Reference does not exist")
    if name == f"refs/heads/{call.repo['default_branch']}":
        raise ApiError(422, "Cannot delete the default branch")
    _move(call, RefChange(name=name, old=str(reference.target), new=None))
    return nothing()


def _require_object(call: Call, name: str, sha: str) -> None:
    if len(sha) != _SHA_LENGTH:
        raise ApiError(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    try:
        found = call.git.get(pygit2.Oid(hex=sha))
    except ValueError:
        found = None
    if found is None:
        raise ApiError(422, "Object does not exist")
    if name.startswith("refs/heads/") and found.type_str != "commit":
        raise ApiError(422, "Object is not a commit")


def _move(call: Call, change: RefChange) -> None:
    require_allowed(call.world, call.repo, call.actor, change)
    apply_change(call.world, call.repo, call.actor.login, change)


_BASE = "/repos/{owner}/{repo}/git"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/ref/{{ref:path}}", get_ref),
    endpoint("GET", f"{_BASE}/refs/{{ref:path}}", get_ref),
    endpoint("GET", f"{_BASE}/refs", matching_refs),
    endpoint("GET", f"{_BASE}/matching-refs/{{ref:path}}", matching_refs),
    endpoint("POST", f"{_BASE}/refs", create_ref, "contents:write"),
    endpoint("PATCH", f"{_BASE}/refs/{{ref:path}}", update_ref, "contents:write"),
    endpoint("DELETE", f"{_BASE}/refs/{{ref:path}}", delete_ref, "contents:write"),
)
