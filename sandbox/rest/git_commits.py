"""Git commit and tag objects.

https://docs.github.com/en/rest/git/commits and https://docs.github.com/en/rest/git/tags
"""

import pygit2
from pygit2.enums import ObjectType
from starlette.responses import Response

from sandbox.forge.accounts import account
from sandbox.git.commits import Draft, commit_at, signature, write_commit
from sandbox.rest.blobs import object_of
from sandbox.views.commits import git_commit
from sandbox.views.git import tag_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found
from sandbox.web.fields import given_signature

_HOUR_MIN = 60


def get_commit(call: Call) -> Response:
    """Get a commit object."""
    commit = commit_at(call.git, call.params["sha"])
    if commit is None:
        raise not_found()
    return answer(git_commit(call.world, call.full_name, commit))


def create_commit(call: Call) -> Response:
    """Create a commit object; no ref moves."""
    message, tree = call.required("message", str), object_of(call, call.required("tree", str))
    if not isinstance(tree, pygit2.Tree):
        raise ApiError(422, "Tree SHA does not exist")
    parents = tuple(call.names("parents"))
    if any(commit_at(call.git, parent) is None for parent in parents):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    author = given_signature("author", call.field("author", dict, {}), _self(call))
    committer = given_signature("committer", call.field("committer", dict, {}), author)
    draft = Draft(message=message, tree=str(tree.id), parents=parents, author=author, committer=committer)
    made = call.git[pygit2.Oid(hex=write_commit(call.git, draft))].peel(pygit2.Commit)
    return answer(git_commit(call.world, call.full_name, made), 201)


def get_tag(call: Call) -> Response:
    """Get an annotated tag object."""
    tag = object_of(call, call.params["sha"])
    if not isinstance(tag, pygit2.Tag):
        raise not_found()
    return answer(tag_json(call.world, call.full_name, tag))


def create_tag(call: Call) -> Response:
    """Create an annotated tag object; the ref is made separately."""
    name, target = call.required("tag", str), object_of(call, call.required("object", str))
    kind, message = call.required("type", str), call.required("message", str)
    if target is None or target.type_str != kind:
        raise ApiError(422, f"object is not a valid {kind}")
    tagger = given_signature("tagger", call.field("tagger", dict, {}), _self(call))
    sign, (hours, minutes) = "-" if tagger.offset < 0 else "+", divmod(abs(tagger.offset), _HOUR_MIN)
    who = f"{tagger.name} <{tagger.email}> {tagger.time} {sign}{hours:02d}{minutes:02d}"
    raw = f"object {target.id}\ntype {kind}\ntag {name}\ntagger {who}\n\n{message}"
    made = call.git[call.git.write(ObjectType.TAG, raw.encode())]
    if not isinstance(made, pygit2.Tag):
        raise ApiError(422, f"{name} is not a valid tag")
    return answer(tag_json(call.world, call.full_name, made), 201)


def _self(call: Call) -> pygit2.Signature:
    user = account(call.world, call.actor.login)
    return signature(user["name"], user["email"], call.world.now())


_BASE = "/repos/{owner}/{repo}/git"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/commits/{{sha}}", get_commit),
    endpoint("POST", f"{_BASE}/commits", create_commit, "contents:write"),
    endpoint("GET", f"{_BASE}/tags/{{sha}}", get_tag),
    endpoint("POST", f"{_BASE}/tags", create_tag, "contents:write"),
)
