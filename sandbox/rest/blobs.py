"""Git blobs.

https://docs.github.com/en/rest/git/blobs
"""

import base64
import binascii

import pygit2
from starlette.responses import Response

from sandbox.views.git import blob_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def object_of(call: Call, sha: str) -> pygit2.Object | None:
    """Return the object with that sha, or None."""
    try:
        return call.git.get(pygit2.Oid(hex=sha))
    except ValueError:
        return None


def get_blob(call: Call) -> Response:
    """Get a blob, as JSON or raw."""
    blob = object_of(call, call.params["sha"])
    if not isinstance(blob, pygit2.Blob):
        raise not_found()
    if call.media == "raw":
        return Response(blob.data, media_type="application/vnd.github.raw")
    return answer(blob_json(call.world, call.full_name, blob))


def create_blob(call: Call) -> Response:
    """Create a blob from UTF-8 text or base64."""
    content, encoding = call.text("content"), call.text("encoding", "utf-8")
    if encoding not in {"utf-8", "base64"}:
        raise ApiError(422, f'Invalid request.\n\n{encoding} is not a member of ["utf-8", "base64"].')
    sha = str(call.git.create_blob(decoded(content) if encoding == "base64" else content.encode()))
    return answer({"url": call.world.links.repo(call.full_name, "git/blobs", sha), "sha": sha}, 201)


def decoded(content: str) -> bytes:
    """Decode base64 with line breaks; 422 if it is none."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(422, "content is not valid Base64") from None


_BASE = "/repos/{owner}/{repo}/git/blobs"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/{{sha}}", get_blob),
    endpoint("POST", _BASE, create_blob, "contents:write"),
)
