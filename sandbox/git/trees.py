"""Trees: read them, and make new ones by changing some paths."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode

DIRECTORY = "040000"
_TREE_MODE = int(DIRECTORY, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a path is to become."""

    #: path from the root, with `/`
    path: str
    #: blob, tree or commit to put there; None removes the path
    sha: str | None
    #: git's mode in octal digits: 100644, 100755, 120000, 160000 or 040000
    mode: str = "100644"


def mode_of(entry: pygit2.Object) -> str:
    """Tell an entry's mode in six octal digits."""
    return f"{int(entry.filemode or 0):06o}"


def changed_tree(git: pygit2.Repository, base: pygit2.Tree | None, changes: Iterable[Change]) -> str:
    """Write `base` with `changes` and return the new tree's sha; KeyError for removing what is not there."""
    index = pygit2.Index()
    if base is not None:
        index.read_tree(base)
    for change in changes:
        if change.sha is None:
            _remove(index, change.path)
        elif change.mode == DIRECTORY:
            _graft(git, index, change.path, change.sha)
        else:
            _place(index, change.path, pygit2.Oid(hex=change.sha), int(change.mode, 8))
    return str(index.write_tree(git))


def entry_at(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    """Return what is at `path` (the tree itself for an empty path), or None."""
    if not path:
        return tree
    try:
        return tree[path]
    except KeyError:
        return None


def walk_tree(tree: pygit2.Tree, prefix: str = "") -> Iterator[tuple[str, pygit2.Object]]:
    """Yield each path with its entry, a directory before what is in it."""
    for entry in tree:
        path = f"{prefix}{entry.name}"
        yield path, entry
        if isinstance(entry, pygit2.Tree):
            yield from walk_tree(entry, f"{path}/")


def _place(index: pygit2.Index, path: str, oid: pygit2.Oid, mode: int) -> None:
    index.add(pygit2.IndexEntry(path, oid, FileMode(mode)))


def _remove(index: pygit2.Index, path: str) -> None:
    below = [entry.path for entry in index if entry.path == path or entry.path.startswith(f"{path}/")]
    if not below:
        raise KeyError(path)
    for one in below:
        index.remove(one)


def _graft(git: pygit2.Repository, index: pygit2.Index, path: str, sha: str) -> None:
    existing = [entry.path for entry in index if entry.path.startswith(f"{path}/")]
    for one in existing:
        index.remove(one)
    subtree = git[pygit2.Oid(hex=sha)]
    if not isinstance(subtree, pygit2.Tree):
        raise TypeError(sha)
    for below, entry in walk_tree(subtree, f"{path}/"):
        if not isinstance(entry, pygit2.Tree):
            _place(index, below, entry.id, int(entry.filemode or 0))
