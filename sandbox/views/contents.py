"""Files and directories as the contents API shows them."""

from typing import Any
from urllib.parse import quote

import pygit2

from sandbox.git.trees import mode_of
from sandbox.views.git import wrapped_base64
from sandbox.world import World

_SYMLINK, _SUBMODULE = "120000", "160000"


def entry_json(world: World, repo: str, ref: str, path: str, entry: pygit2.Object) -> dict[str, Any]:
    """Show an entry without its content, as it stands in a directory listing."""
    links, quoted = world.links, quote(path)
    kind = _kind(entry)
    url = f"{links.repo(repo, 'contents', quoted)}?ref={quote(ref)}"
    git_url = links.repo(repo, "git/trees" if kind == "dir" else "git/blobs", entry.id)
    page = links.page(repo, "tree" if kind == "dir" else "blob", quote(ref), quoted)
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": str(entry.id),
        "size": entry.size if isinstance(entry, pygit2.Blob) else 0,
        "url": url,
        "html_url": page,
        "git_url": git_url,
        "download_url": None if kind != "file" else links.page(repo, "raw", quote(ref), quoted),
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": page},
    }


def file_json(world: World, repo: str, ref: str, path: str, blob: pygit2.Blob) -> dict[str, Any]:
    """GitHub's `content-file`."""
    content = {"content": wrapped_base64(blob.data), "encoding": "base64"}
    return entry_json(world, repo, ref, path, blob) | content


def _kind(entry: pygit2.Object) -> str:
    if isinstance(entry, pygit2.Tree):
        return "dir"
    if mode_of(entry) == _SYMLINK:
        return "symlink"
    return "submodule" if mode_of(entry) == _SUBMODULE else "file"
