"""Commits as one stream for `git fast-import`, and what it answers. Pure.

https://git-scm.com/docs/git-fast-import
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from closedloop.ports.forge import BranchDraft, CommitDraft

_WHO = "closedloop <closedloop@users.noreply.github.com>"
_PLAIN, _EXECUTABLE = "100644", "100755"
_NOTHING = "0" * 40


def commit_stream(draft: BranchDraft, modes: Mapping[str, str], *, ref: str, at_s: int) -> bytes:
    """The draft's commits, each on the one before; their shas are answered in order.

    `modes` are those of the files that are there already. `ref` is a name nobody else uses, which is gone in
    the end; `at_s` is the commits' time in seconds since 1970.
    """
    return b"".join(
        (
            *(_commit(draft, number, ref, f"{_WHO} {at_s} +0000", modes) for number in _numbers(draft)),
            _text(f"reset {ref}", f"from {_NOTHING}", ""),
        )
    )


def _numbers(draft: BranchDraft) -> range:
    return range(1, len(draft.commits) + 1)


def _commit(draft: BranchDraft, number: int, ref: str, who: str, modes: Mapping[str, str]) -> bytes:
    commit = draft.commits[number - 1]
    head = _text(f"commit {ref}", f"mark :{number}", f"committer {who}") + _data(commit.message)
    base = _text(f"from {draft.base_sha}") if number == 1 else b""
    return head + base + b"".join(_files(commit, modes)) + _text("", f"get-mark :{number}")


def _files(commit: CommitDraft, modes: Mapping[str, str]) -> Iterator[bytes]:
    for path, content in commit.files.items():
        # What is no plain file (a link, a submodule) becomes one: its content is a text now.
        mode = _EXECUTABLE if modes.get(path) == _EXECUTABLE else _PLAIN
        yield _text(f"M {mode} inline {_quoted(path)}") + _data(content)


def read_shas(out: bytes) -> tuple[str, ...]:
    """The commits' shas, in the order of the stream."""
    return tuple(out.decode("ascii", "replace").split())


def read_entries(out: bytes) -> dict[str, tuple[str, str]]:
    """Mode and blob of each path that `git ls-tree -z` lists."""
    lines: Sequence[str] = out.decode("utf-8", "surrogateescape").split("\0")
    found = {}
    for line in filter(None, lines):
        facts, _, path = line.partition("\t")
        mode, _, sha = facts.split(" ")
        found[path] = (mode, sha)
    return found


def _text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _data(text: str) -> bytes:
    content = text.encode()
    return _text(f"data {len(content)}") + content + b"\n"


def _quoted(path: str) -> str:
    inner = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'
