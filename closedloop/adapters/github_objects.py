"""Git objects of the repository. They never change, so each is fetched once per process."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from closedloop.adapters.detour import Detour
from closedloop.adapters.github_graphql import BLOBS_PER_QUERY, blobs_query
from closedloop.adapters.lru import Lru
from closedloop.ports.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.adapters.github_client import GithubClient

_KEPT_TREES = 16
_KEPT_BLOBS = 1024
_KEPT_COMMITS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A file of a tree."""

    path: str
    #: Git mode, e.g. 100644.
    mode: str
    #: Of the blob.
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    files: dict[str, TreeEntry]
    #: Shas of the directories listed.
    folders: dict[str, str]
    #: The forge lists at most 100 000 entries or 7 MB.
    is_cut: bool


class GitObjects:
    """Reads trees and blobs by sha."""

    def __init__(self, client: GithubClient) -> None:
        self._client = client
        self._detour = Detour()
        self._trees: Lru[tuple[str, bool], _Tree] = Lru(_KEPT_TREES)
        self._blobs: Lru[str, bytes] = Lru(_KEPT_BLOBS)
        self._tree_shas: Lru[str, str] = Lru(_KEPT_COMMITS)

    def tree_sha(self, commit_sha: str) -> str:
        """Return the tree of a commit, on which a new tree can be based."""
        sha = self._tree_shas.get(commit_sha)
        if sha is None:
            # https://docs.github.com/en/rest/git/commits#get-a-commit-object
            commit = self._client.read("read commit", self._client.path(f"/git/commits/{commit_sha}"))
            with self._client.call("read commit"):
                sha = str(commit["tree"]["sha"])
            self._tree_shas.put(commit_sha, sha)
        return sha

    def files(self, commit_sha: str) -> Sequence[TreeEntry]:
        """Return all files of a commit. Raises NotFound, and BadReply when the forge cut the list."""
        tree = self._tree(commit_sha, is_recursive=True)
        if tree.is_cut:
            raise BadReply("the repository has more files than the forge lists at once")
        return list(tree.files.values())

    def file(self, commit_sha: str, path: str) -> TreeEntry | None:
        """Find one file of a commit, also in a repository too large to be listed."""
        tree = self._tree(commit_sha, is_recursive=True)
        if not tree.is_cut:
            return tree.files.get(path)
        tree = self._tree(commit_sha, is_recursive=False)
        *folders, name = path.split("/")
        for folder in folders:
            if folder not in tree.folders:
                return None
            tree = self._tree(tree.folders[folder], is_recursive=False)
        return tree.files.get(name)

    def content(self, blob_sha: str) -> bytes:
        """Return a blob's bytes, exactly."""
        content = self._blobs.get(blob_sha)
        if content is None:
            # https://docs.github.com/en/rest/git/blobs#get-a-blob
            blob = self._client.read("read blob", self._client.path(f"/git/blobs/{blob_sha}"))
            with self._client.call("read blob"):
                content = base64.b64decode(blob["content"])
            self._blobs.put(blob_sha, content)
        return content

    def texts(self, blob_shas: Sequence[str]) -> dict[str, str]:
        """Return the texts of blobs; what is not UTF-8 text is left out. One query per hundred blobs."""
        missing = [sha for sha in dict.fromkeys(blob_shas) if self._blobs.get(sha) is None]
        found = {sha: content for sha in blob_shas if (content := self._blobs.get(sha)) is not None}
        for start in range(0, len(missing), BLOBS_PER_QUERY):
            found |= self._fetch_blobs(missing[start : start + BLOBS_PER_QUERY])
        decoded = {sha: _decoded(content) for sha, content in found.items()}
        return {sha: text for sha, text in decoded.items() if text is not None}

    def _fetch_blobs(self, shas: Sequence[str]) -> dict[str, bytes]:
        return self._detour.either(
            "documents", lambda: self._ask_for_blobs(shas), lambda: {sha: self.content(sha) for sha in shas}
        )

    def _ask_for_blobs(self, shas: Sequence[str]) -> dict[str, bytes]:
        found = self._client.ask("read documents", blobs_query(shas))
        with self._client.call("read documents"):
            nodes = {sha: found[f"b{index}"] for index, sha in enumerate(shas)}
            whole = {sha: node["text"].encode() for sha, node in nodes.items() if _is_whole_text(node)}
        for sha, content in whole.items():
            self._blobs.put(sha, content)
        cut = [sha for sha, node in nodes.items() if node and node["isTruncated"]]
        return whole | {sha: self.content(sha) for sha in cut}

    def _tree(self, sha: str, *, is_recursive: bool) -> _Tree:
        tree = self._trees.get((sha, is_recursive))
        if tree is None:
            # https://docs.github.com/en/rest/git/trees#get-a-tree (any value of `recursive` turns it on)
            parameters = {"recursive": 1} if is_recursive else {}
            answer = self._client.read("read tree", self._client.path(f"/git/trees/{sha}"), parameters)
            with self._client.call("read tree"):
                tree = _read_tree(answer)
            self._trees.put((sha, is_recursive), tree)
        return tree


def _read_tree(answer: dict[str, Any]) -> _Tree:
    listed = answer["tree"]
    return _Tree(
        files={
            item["path"]: TreeEntry(path=item["path"], mode=item["mode"], sha=item["sha"])
            for item in listed
            if item["type"] == "blob"
        },
        folders={item["path"]: item["sha"] for item in listed if item["type"] == "tree"},
        is_cut=bool(answer["truncated"]),
    )


def _is_whole_text(node: dict[str, Any] | None) -> bool:
    return node is not None and node["text"] is not None and not node["isTruncated"]


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
