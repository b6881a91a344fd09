"""Looking for refs whose names came from outside."""

import pygit2

HEADS = "refs/heads/"
#: a ref is a file: its name and each part of it, with `.lock` behind, must be one the file system takes
_LONGEST, _LONGEST_PART = 1000, 250


def find_ref(git: pygit2.Repository, name: str) -> pygit2.Reference | None:
    """Return the ref of that full name; None if there is none, or if git forbids such a name."""
    return git.references.get(name) if is_ref_name(name) else None


def is_ref_name(name: str) -> bool:
    """Whether git allows a full ref name."""
    fits = len(name) <= _LONGEST and all(len(part.encode()) <= _LONGEST_PART for part in name.split("/"))
    return fits and "\0" not in name and name.startswith("refs/") and pygit2.reference_is_valid_name(name)


def clashing_ref(git: pygit2.Repository, name: str) -> str | None:
    """Return a ref that keeps `name` from existing beside it: one below it, or one it would be below."""
    names = git.raw_listall_references()
    below = f"{name}/".encode()
    return next(
        (one.decode() for one in names if one.startswith(below) or below.startswith(one + b"/")), None
    )
