"""Whole trees read out of a repository."""

from collections.abc import Iterator

import pygit2


def _blobs(tree: pygit2.Tree, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from _blobs(entry, f"{prefix}{entry.name}/")
        elif isinstance(entry, pygit2.Blob) and entry.filemode != pygit2.enums.FileMode.LINK:
            yield f"{prefix}{entry.name}", entry.data


def read_tree(repository: pygit2.Repository, commit: str) -> dict[str, bytes]:
    """Return the contents of every file of a commit by path, sorted; links and submodules are left out."""
    return dict(_blobs(repository[commit].peel(pygit2.Tree), ""))


def head_of(repository: pygit2.Repository, branch: str) -> str | None:
    """Return the commit that a branch points to, or None."""
    reference = repository.references.get(f"refs/heads/{branch}")
    return str(reference.target) if reference else None


def documents_of(repository: pygit2.Repository, branch: str) -> dict[str, str]:
    """Return the Markdown files of a branch by path."""
    head = head_of(repository, branch)
    files = read_tree(repository, head) if head else {}
    return {path: data.decode("utf-8", "replace") for path, data in files.items() if path.endswith(".md")}
