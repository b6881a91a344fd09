"""Git trees.

https://docs.github.com/en/rest/git/trees
"""

from typing import Any

import pygit2
from starlette.responses import Response

from sandbox.git.commits import is_blank, resolve
from sandbox.git.trees import Change, changed_tree
from sandbox.rest.blobs import object_of
from sandbox.views.git import tree_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found

_MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


def get_tree(call: Call) -> Response:
    """Get a tree by its sha, or by a commit's, branch's or tag's name."""
    name = call.params["tree"]
    found = object_of(call, name)
    tree = found if isinstance(found, pygit2.Tree) else None
    if tree is None:
        commit = resolve(call.git, name)
        if commit is None:
            raise ApiError(409, "Git Repository is empty.") if is_blank(call.git) else not_found()
        tree = commit.tree
    return answer(tree_json(call.world, call.full_name, tree, deep=bool(call.query.get("recursive"))))


def create_tree(call: Call) -> Response:
    """Create a tree from entries, on top of `base_tree` if given."""
    entries: list[Any] = call.required("tree", list)
    base = _base_tree(call)
    changes = [_change(call, entry) for entry in entries]
    try:
        sha = changed_tree(call.git, base, changes)
    except (KeyError, TypeError, ValueError):
        raise ApiError(422, "GitRPC::BadObjectState") from None
    tree = call.git[pygit2.Oid(hex=sha)].peel(pygit2.Tree)
    return answer(tree_json(call.world, call.full_name, tree, deep=False), 201)


def _base_tree(call: Call) -> pygit2.Tree | None:
    name = call.text("base_tree")
    if not name:
        return None
    found = object_of(call, name)
    if isinstance(found, pygit2.Commit | pygit2.Tree):
        return found.peel(pygit2.Tree)
    raise ApiError(404, "Not Found")


def _change(call: Call, entry: Any) -> Change:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise ApiError(422, "Must supply a valid tree.path")
    path, mode = entry["path"], str(entry.get("mode", "100644"))
    if not path.strip("/") or path != path.strip("/") or ".git" in path.split("/") or ".." in path.split("/"):
        raise ApiError(422, "tree.path contains a malformed path component")
    if mode not in _MODES:
        raise ApiError(422, "Must supply a valid tree.mode")
    if "content" in entry:
        if not isinstance(entry["content"], str):
            raise ApiError(422, "Must supply a valid tree.content")
        return Change(path=path, mode=mode, sha=str(call.git.create_blob(entry["content"].encode())))
    if "sha" not in entry:
        raise ApiError(422, "Must supply either tree.sha or tree.content")
    return Change(path=path, mode=mode, sha=_entry_sha(call, entry["sha"], mode))


def _entry_sha(call: Call, sha: str | None, mode: str) -> str | None:
    if sha is None or mode == "160000":
        return sha
    found = object_of(call, str(sha))
    if found is None or found.type_str != _MODES[mode]:
        raise ApiError(422, f"tree.sha {sha} is not a valid {_MODES[mode]}")
    return str(found.id)


_BASE = "/repos/{owner}/{repo}/git/trees"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/{{tree:path}}", get_tree),
    endpoint("POST", _BASE, create_tree, "contents:write"),
)
