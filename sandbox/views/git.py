"""Refs, blobs, trees and tags as GitHub shows them."""

import base64
from typing import Any
from urllib.parse import quote

import pygit2

from sandbox.git.trees import mode_of, walk_tree
from sandbox.views.commits import UNSIGNED, identity
from sandbox.views.links import node_id
from sandbox.world import World

_FOLDERS = {"commit": "git/commits", "tag": "git/tags", "tree": "git/trees", "blob": "git/blobs"}
_WRAP = 60


def ref_json(world: World, repo: str, reference: pygit2.Reference) -> dict[str, Any]:
    """GitHub's `git-ref`."""
    name, git = reference.name, world.git.open(repo)
    return {
        "ref": name,
        "node_id": node_id("Ref", repo, name),
        "url": world.links.repo(repo, "git", quote(name)),
        "object": object_json(world, repo, git[reference.target]),
    }


def object_json(world: World, repo: str, target: pygit2.Object) -> dict[str, str]:
    """Show what a ref or a tag points at."""
    kind, sha = target.type_str, str(target.id)
    return {"sha": sha, "type": kind, "url": world.links.repo(repo, _FOLDERS[kind], sha)}


def blob_json(world: World, repo: str, blob: pygit2.Blob) -> dict[str, Any]:
    """GitHub's `blob`, content in base64."""
    sha = str(blob.id)
    return {
        "sha": sha,
        "node_id": node_id("Blob", repo, sha),
        "size": blob.size,
        "url": world.links.repo(repo, "git/blobs", sha),
        "content": wrapped_base64(blob.data),
        "encoding": "base64",
    }


def wrapped_base64(data: bytes) -> str:
    """Encode as GitHub does: lines of 60 characters, a newline after each."""
    encoded = base64.b64encode(data).decode()
    return "".join(f"{encoded[at : at + _WRAP]}\n" for at in range(0, len(encoded), _WRAP))


def tree_json(world: World, repo: str, tree: pygit2.Tree, *, deep: bool) -> dict[str, Any]:
    """GitHub's `git-tree`; deep lists what is in its directories too."""
    listed = walk_tree(tree) if deep else ((entry.name or "", entry) for entry in tree)
    return {
        "sha": str(tree.id),
        "url": world.links.repo(repo, "git/trees", tree.id),
        "tree": [_entry_json(world, repo, path, entry) for path, entry in listed],
        "truncated": False,
    }


def _entry_json(world: World, repo: str, path: str, entry: pygit2.Object) -> dict[str, Any]:
    kind = entry.type_str
    shown: dict[str, Any] = {"path": path, "mode": mode_of(entry), "type": kind, "sha": str(entry.id)}
    if isinstance(entry, pygit2.Blob):
        shown["size"] = entry.size
    return shown | {"url": world.links.repo(repo, _FOLDERS[kind], entry.id)}


def tag_json(world: World, repo: str, tag: pygit2.Tag) -> dict[str, Any]:
    """GitHub's `git-tag`: an annotated tag object."""
    sha = str(tag.id)
    shown: dict[str, Any] = {
        "node_id": node_id("Tag", repo, sha),
        "tag": tag.name,
        "sha": sha,
        "url": world.links.repo(repo, "git/tags", sha),
        "message": (tag.message or "").removesuffix("\n"),
        "object": object_json(world, repo, world.git.open(repo)[tag.target]),
        "verification": UNSIGNED,
    }
    if tag.tagger is not None:
        shown["tagger"] = identity(tag.tagger)
    return shown
