"""Three-way merge of texts by lines, with git's rule: changes that overlap or touch are a conflict."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple


class _Hunk(NamedTuple):
    start: int
    end: int
    lines: tuple[str, ...]


def merge_texts(base: str, ours: str, theirs: str) -> str | None:
    """Both sides' changes on the base, or None when they conflict."""
    old = base.splitlines(keepends=True)
    left, right = _hunks(old, ours), _hunks(old, theirs)
    merged: list[str] = []
    position = 0
    while left or right:
        start, end, mine, other = _next_region(left, right)
        texts = {_apply(old[start:end], side, start) for side in (mine, other) if side}
        if len(texts) > 1:
            return None
        merged += [*old[position:start], *texts.pop()]
        position = end
    return "".join([*merged, *old[position:]])


def _hunks(old: list[str], text: str) -> list[_Hunk]:
    new = text.splitlines(keepends=True)
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return [
        _Hunk(old_start, old_end, tuple(new[new_start:new_end]))
        for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _next_region(left: list[_Hunk], right: list[_Hunk]) -> tuple[int, int, list[_Hunk], list[_Hunk]]:
    """Take the earliest hunk and everything that touches it, transitively, off both lists."""
    start = min(side[0].start for side in (left, right) if side)
    end = start
    taken: tuple[list[_Hunk], list[_Hunk]] = ([], [])
    is_growing = True
    while is_growing:
        is_growing = False
        for side, mine in zip((left, right), taken, strict=True):
            while side and side[0].start <= end:
                mine.append(side.pop(0))
                end = max(end, mine[-1].end)
                is_growing = True
    return start, end, *taken


def _apply(old: list[str], hunks: list[_Hunk], offset: int) -> tuple[str, ...]:
    out: list[str] = []
    position = 0
    for hunk in hunks:
        out += [*old[position : hunk.start - offset], *hunk.lines]
        position = hunk.end - offset
    return (*out, *old[position:])
