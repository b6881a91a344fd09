"""Repository contents: write and delete a file, one commit each.

https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents
"""

from dataclasses import dataclass
from typing import Any

import pygit2
from starlette.responses import Response

from sandbox.forge.accounts import account
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.refs import HEADS, RefChange, apply_change, require_allowed
from sandbox.git.commits import Draft, commit_at, is_blank, signature, write_commit
from sandbox.git.trees import Change, changed_tree, entry_at, mode_of
from sandbox.rest.blobs import decoded
from sandbox.views.commits import git_commit
from sandbox.views.contents import entry_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found
from sandbox.web.fields import given_signature


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    #: path of the file
    path: str
    #: branch to commit to
    branch: str
    #: its tip, or None in an empty repository
    tip: pygit2.Commit | None
    #: what is at the path now
    existing: pygit2.Object | None


def put_file(call: Call) -> Response:
    """Create a file, or update it when `sha` names what is there."""
    target = _target(call)
    data = decoded(call.required("content", str))
    _check_sha(call, target)
    mode = "100644" if target.existing is None else mode_of(target.existing)
    change = Change(path=target.path, sha=str(call.git.create_blob(data)), mode=mode)
    commit = _commit(call, target, change)
    entry = entry_at(commit.tree, target.path)
    if entry is None:
        raise not_found()
    shown = entry_json(call.world, call.full_name, target.branch, target.path, entry)
    return _answer(call, commit, shown, 200 if target.existing is not None else 201)


def delete_file(call: Call) -> Response:
    """Delete a file whose `sha` is given."""
    target = _target(call)
    if target.existing is None:
        raise not_found()
    _check_sha(call, target)
    return _answer(call, _commit(call, target, Change(path=target.path, sha=None)), None, 200)


def _target(call: Call) -> _Target:
    path = call.params["path"].strip("/")
    if not path or ".." in path.split("/") or ".git" in path.split("/"):
        raise ApiError(422, "path contains a malformed path component")
    branch = call.text("branch", str(call.repo["default_branch"]))
    sha = branch_tip(call.world, call.full_name, branch)
    if sha is None and not is_blank(call.git):
        raise ApiError(404, f"Branch {branch} not found")
    tip = None if sha is None else commit_at(call.git, sha)
    existing = None if tip is None else entry_at(tip.tree, path)
    if isinstance(existing, pygit2.Tree):
        raise ApiError(422, f"{path} is a directory")
    return _Target(path=path, branch=branch, tip=tip, existing=existing)


def _check_sha(call: Call, target: _Target) -> None:
    given = call.text("sha") or call.query.get("sha", "")
    if target.existing is None:
        return
    if not given:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given != str(target.existing.id):
        raise ApiError(409, f"{target.path} does not match {given}")


def _commit(call: Call, target: _Target, change: Change) -> pygit2.Commit:
    world, user = call.world, account(call.world, call.actor.login)
    me = signature(user["name"], user["email"], world.now())
    committer = given_signature("committer", call.field("committer", dict, {}), me)
    author = given_signature("author", call.field("author", dict, {}), committer)
    verb = "Delete" if change.sha is None else ("Update" if target.existing is not None else "Create")
    parents = () if target.tip is None else (str(target.tip.id),)
    draft = Draft(
        message=call.text("message") or f"{verb} {target.path}",
        tree=changed_tree(call.git, None if target.tip is None else target.tip.tree, [change]),
        parents=parents,
        author=author,
        committer=committer,
    )
    sha = write_commit(call.git, draft)
    move = RefChange(name=f"{HEADS}{target.branch}", old=parents[0] if parents else None, new=sha)
    require_allowed(world, call.repo, call.actor, move, status=409)
    apply_change(world, call.repo, call.actor.login, move)
    return call.git[pygit2.Oid(hex=sha)].peel(pygit2.Commit)


def _answer(call: Call, commit: pygit2.Commit, content: dict[str, Any] | None, status: int) -> Response:
    shown = git_commit(call.world, call.full_name, commit)
    return answer({"content": content, "commit": shown}, status)


_PATH = "/repos/{owner}/{repo}/contents/{path:path}"
ENDPOINTS = (
    endpoint("PUT", _PATH, put_file, "contents:write"),
    endpoint("DELETE", _PATH, delete_file, "contents:write"),
)
