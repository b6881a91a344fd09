"""Repository contents: read files and directories.

https://docs.github.com/en/rest/repos/contents
"""

import pygit2
from starlette.responses import JSONResponse, Response

from sandbox.git.commits import is_blank, resolve
from sandbox.git.trees import entry_at
from sandbox.views.contents import entry_json, file_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def get_contents(call: Call) -> Response:
    """Get a file (JSON or raw) or a directory."""
    return _shown(call, call.params.get("path", "").strip("/"))


def _shown(call: Call, path: str) -> Response:
    ref = call.query.get("ref") or str(call.repo["default_branch"])
    commit = resolve(call.git, ref)
    if commit is None:
        raise ApiError(404, "This repository is empty.") if is_blank(call.git) else _no_commit(ref)
    entry = entry_at(commit.tree, path)
    if isinstance(entry, pygit2.Tree):
        return _directory(call, ref, path, entry)
    if not isinstance(entry, pygit2.Blob):
        raise not_found()
    if call.media == "raw":
        return Response(entry.data, media_type="application/vnd.github.raw; charset=utf-8")
    return answer(file_json(call.world, call.full_name, ref, path, entry))


def get_readme(call: Call) -> Response:
    """Get the README of the root directory."""
    commit = resolve(call.git, call.query.get("ref") or str(call.repo["default_branch"]))
    names = [] if commit is None else [entry.name or "" for entry in commit.tree]
    found = next((name for name in names if name.lower().startswith("readme")), None)
    if found is None:
        raise not_found()
    return _shown(call, found)


def _directory(call: Call, ref: str, path: str, tree: pygit2.Tree) -> Response:
    prefix = f"{path}/" if path else ""
    shown = [entry_json(call.world, call.full_name, ref, f"{prefix}{one.name}", one) for one in tree]
    return JSONResponse(shown)


def _no_commit(ref: str) -> ApiError:
    return ApiError(404, f"No commit found for the ref {ref}")


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/contents", get_contents),
    endpoint("GET", f"{_BASE}/contents/", get_contents),
    endpoint("GET", f"{_BASE}/contents/{{path:path}}", get_contents),
    endpoint("GET", f"{_BASE}/readme", get_readme),
)
