"""Tags and releases.

https://docs.github.com/en/rest/releases/releases
"""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox.forge.refs import RefChange, apply_change
from sandbox.git.commits import resolve
from sandbox.git.refs import clashing_ref, find_ref, is_ref_name
from sandbox.store import Doc
from sandbox.views.issues import user_json
from sandbox.views.links import node_id
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import invalid, not_found

_TAGS = "refs/tags/"


def list_tags(call: Call) -> Response:
    """List tags, by name backwards."""
    names = sorted(
        (one.removeprefix(_TAGS) for one in call.git.references if one.startswith(_TAGS)), reverse=True
    )
    return call.listing(names, lambda name: _tag_json(call, name))


def listed(call: Call) -> Response:
    """List releases, newest first."""
    found = call.world.store.all(f"release:{call.full_name}")[::-1]
    return call.listing(found, lambda release: _release_json(call, release))


def create(call: Call) -> Response:
    """Create a release, and its tag if it is new."""
    tag = call.text("tag_name")
    if not tag:
        raise invalid("Release", "tag_name", "missing_field")
    if call.world.store.find(f"release:{call.full_name}", "tag_name", tag):
        raise invalid("Release", "tag_name", "already_exists")
    target = call.text("target_commitish", str(call.repo["default_branch"]))
    now, draft = call.world.stamp(), call.field("draft", bool, default=False)
    if not draft:
        _ensure_tag(call, tag, target)
    document: dict[str, Any] = {
        "id": call.world.store.next_id("id", start=1001),
        "tag_name": tag,
        "target_commitish": target,
        "name": call.text("name") or None,
        "body": call.text("body") or None,
        "draft": draft,
        "prerelease": call.field("prerelease", bool, default=False),
        "author": call.actor.login,
        "created_at": now,
        "published_at": None if draft else now,
    }
    saved = call.world.store.put(f"release:{call.full_name}", document["id"], document)
    return answer(_release_json(call, saved), 201)


def get(call: Call) -> Response:
    """Get a release."""
    return answer(_release_json(call, _release(call)))


def latest(call: Call) -> Response:
    """Get the newest release that is neither draft nor prerelease."""
    found = call.world.store.all(f"release:{call.full_name}")
    full = [one for one in found if not one["draft"] and not one["prerelease"]]
    if not full:
        raise not_found()
    return answer(_release_json(call, full[-1]))


def by_tag(call: Call) -> Response:
    """Get a release by its tag."""
    found = call.world.store.find(f"release:{call.full_name}", "tag_name", call.params["tag"])
    if not found:
        raise not_found()
    return answer(_release_json(call, found[0]))


def delete(call: Call) -> Response:
    """Delete a release; its tag stays."""
    call.world.store.delete(f"release:{call.full_name}", _release(call)["id"])
    return nothing()


def _ensure_tag(call: Call, tag: str, target: str) -> None:
    name, commit = f"{_TAGS}{tag}", resolve(call.git, target)
    if not is_ref_name(name) or (clashing_ref(call.git, name) and find_ref(call.git, name) is None):
        raise invalid("Release", "tag_name", message="tag_name is not well-formed")
    if find_ref(call.git, name) is not None:
        return
    if commit is None:
        raise invalid("Release", "target_commitish")
    change = RefChange(name=name, old=None, new=str(commit.id))
    apply_change(call.world, call.repo, call.actor.login, change)


def _tag_json(call: Call, name: str) -> dict[str, Any]:
    commit = resolve(call.git, name)
    sha = "" if commit is None else str(commit.id)
    links, repo = call.world.links, call.full_name
    return {
        "name": name,
        "zipball_url": links.repo(repo, "zipball", quote(f"{_TAGS}{name}")),
        "tarball_url": links.repo(repo, "tarball", quote(f"{_TAGS}{name}")),
        "commit": {"sha": sha, "url": links.repo(repo, "commits", sha)},
        "node_id": node_id("Ref", repo, f"{_TAGS}{name}"),
    }


def _release_json(call: Call, release: Doc) -> dict[str, Any]:
    links, repo = call.world.links, call.full_name
    url, tag = links.repo(repo, "releases", release["id"]), quote(release["tag_name"])
    return {
        **release,
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": links.page(repo, "releases/tag", tag),
        "tarball_url": links.repo(repo, "tarball", tag),
        "zipball_url": links.repo(repo, "zipball", tag),
        "node_id": node_id("Release", repo, release["id"]),
        "author": user_json(call.world, release["author"]),
        "assets": [],
    }


def _release(call: Call) -> Doc:
    found = call.world.store.get(f"release:{call.full_name}", call.number("release"))
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/tags", list_tags),
    endpoint("GET", f"{_BASE}/releases", listed),
    endpoint("POST", f"{_BASE}/releases", create, "contents:write"),
    endpoint("GET", f"{_BASE}/releases/latest", latest),
    endpoint("GET", f"{_BASE}/releases/tags/{{tag:path}}", by_tag),
    endpoint("GET", f"{_BASE}/releases/{{release}}", get),
    endpoint("DELETE", f"{_BASE}/releases/{{release}}", delete, "contents:write"),
)
