"""What main holds of a run: each answer once, nothing else changed, every edit of a person kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.faults_history import TRACE
from tasks_app.pipeline import faq
from tasks_app.pipeline.faq import FaqOperation, Removed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong with it."""

    #: Tasks that say they are merged and are not on main, or not on the page.
    lost: tuple[str, ...]
    #: Tasks that are there more than once, or although they failed.
    doubled: tuple[str, ...]
    #: Everything else.
    wrong: tuple[str, ...]


def operation_of(task: Mapping[str, Any]) -> FaqOperation:
    """What a task of the API changes in the file."""
    return FaqOperation(
        section=task["section"],
        question=task["question"],
        answer=task["answer"],
        sources=tuple(task["sources"]),
        trace_id=task["task_id"],
        degraded=task["is_degraded"],
    )


def judge(
    tasks: Iterable[Mapping[str, Any]], messages: Iterable[str], pages: tuple[str, str], edits: Sequence[str]
) -> Verdict:
    """Compare tasks with the messages of main's commits (merges left out) and the page before and now."""
    landed = Counter(trace for text in messages for trace in set(TRACE.findall(text)))
    before, now = pages
    marks = Counter(entry.marker for entry in faq.entries(now) if entry.marker)
    lost, doubled, wrong, rest = list[str](), list[str](), list[str](), now
    for task in tasks:
        task_id, is_merged = task["task_id"], bool(task["merged_at"])
        times = (landed[task_id], marks[task_id])
        if is_merged and not all(times):
            lost.append(task_id)
        elif max(times) > int(is_merged):
            doubled.append(task_id)
        if is_merged:
            removed = faq.remove(rest, operation_of(task))
            rest = removed.text if isinstance(removed, Removed) else rest
            wrong += [] if isinstance(removed, Removed) else [f"{task_id}: {removed.reason}"]
    wrong += _other_changes(before, rest, edits)
    return Verdict(lost=tuple(lost), doubled=tuple(doubled), wrong=tuple(wrong))


def _other_changes(before: str, rest: str, edits: Sequence[str]) -> list[str]:
    """What the page without our entries has more or less than before, apart from a person's entries."""
    had, has = (Counter(filter(None, text.splitlines())) for text in (before, rest))
    if edits:
        has.subtract(Counter({"By hand.": len(edits)}))
    has.subtract(Counter(edits))
    more = [f"{count} more: {line}" for line, count in (has - had).items()]
    return more + [f"{count} missing: {line}" for line, count in (had - has).items()]
