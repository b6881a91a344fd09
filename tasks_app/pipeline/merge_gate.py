"""The merge gate: every reason not to merge, by name. Pure.

An empty list is the only permission there is. Our own record is the authority; titles, bodies,
authors and branch names are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from closedloop.ports.forge import ChangedFile, Mergeable, PullView, RequiredCheck
from tasks_app.pipeline.ci import Open, Red, read_checks
from tasks_app.pipeline.steps import next_look, next_look_at_computed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class BlockerKind(StrEnum):
    """Why a pull request must not be merged now."""

    NOT_OPEN = "not_open"
    FORK = "fork"
    WRONG_BASE = "wrong_base"
    HEAD_MOVED = "head_moved"
    PATH_NOT_ALLOWED = "path_not_allowed"
    NOTHING_CHANGED = "nothing_changed"
    CI_RED = "ci_red"
    CI_OPEN = "ci_open"
    PROTECTION_UNREADABLE = "protection_unreadable"
    CONFLICT = "conflict"
    BEHIND = "behind"
    MERGEABLE_UNKNOWN = "mergeable_unknown"
    FROZEN = "frozen"
    BASE_OPEN = "base_open"


#: Blockers that pass by themselves: look again. All others end this pull request.
PASSING = frozenset(
    {BlockerKind.CI_OPEN, BlockerKind.MERGEABLE_UNKNOWN, BlockerKind.FROZEN, BlockerKind.BASE_OPEN}
)
#: What passes when somebody else is done, however long that takes.
HELD_UP = frozenset({BlockerKind.FROZEN, BlockerKind.BASE_OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One reason, with what an operator needs to know about it."""

    kind: BlockerKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What we wrote down about the pull request when we published it."""

    base_branch: str
    head_sha: str
    allowed_paths: frozenset[str]
    required: tuple[RequiredCheck, ...]
    #: False when neither the forge nor settings could say what is required.
    is_protection_known: bool
    #: Why merges are frozen in this lane; empty when they are not.
    freeze_reason: str
    #: The pull request that has to be merged before; empty when there is none.
    waits_for: str = ""
    #: Whether a merge queue brings it up to date with its base.
    is_for_queue: bool = False


def blockers(view: PullView, files: Sequence[ChangedFile], record: Record) -> list[Blocker]:
    """Every reason not to merge what this look shows."""
    return [
        *_identity(view, record),
        *_content(files, record),
        *_checks(view, record),
        *_readiness(view, record),
    ]


def look_again_at(found: Sequence[Blocker], entered_at: datetime, now: datetime) -> datetime:
    """When to ask the guards again, after blockers that pass."""
    is_computing = any(blocker.kind is BlockerKind.MERGEABLE_UNKNOWN for blocker in found)
    return next_look_at_computed(entered_at, now) if is_computing else next_look(entered_at, now)


def _identity(view: PullView, record: Record) -> list[Blocker]:
    found = []
    if view.state != "open":
        found.append(Blocker(kind=BlockerKind.NOT_OPEN, detail=f"it is {view.state}"))
    if view.is_fork:
        found.append(Blocker(kind=BlockerKind.FORK, detail="its head is in another repository"))
    if view.base_branch != record.base_branch:
        found.append(Blocker(kind=BlockerKind.WRONG_BASE, detail=f"it targets {view.base_branch}"))
    if view.head_sha != record.head_sha:
        found.append(Blocker(kind=BlockerKind.HEAD_MOVED, detail=f"somebody pushed {view.head_sha[:12]}"))
    return found


def _content(files: Sequence[ChangedFile], record: Record) -> list[Blocker]:
    if not files:
        return [Blocker(kind=BlockerKind.NOTHING_CHANGED, detail="it changes no file")]
    touched = {file.path for file in files} | {file.previous_path for file in files if file.previous_path}
    strange = sorted(touched - record.allowed_paths)
    strange += [f"{f.path} ({f.status})" for f in files if f.status not in ("added", "modified")]
    if not strange:
        return []
    return [Blocker(kind=BlockerKind.PATH_NOT_ALLOWED, detail="it touches " + ", ".join(strange[:5]))]


def _checks(view: PullView, record: Record) -> list[Blocker]:
    if not record.is_protection_known:
        detail = "required checks cannot be read: grant the token access or set REQUIRED_CHECKS"
        return [Blocker(kind=BlockerKind.PROTECTION_UNREADABLE, detail=detail)]
    verdict = read_checks(view, record.required)
    if isinstance(verdict, Red):
        return [Blocker(kind=BlockerKind.CI_RED, detail="failed: " + ", ".join(verdict.failed))]
    if isinstance(verdict, Open):
        return [Blocker(kind=BlockerKind.CI_OPEN, detail="waiting for " + ", ".join(verdict.waiting_for))]
    return []


def _readiness(view: PullView, record: Record) -> list[Blocker]:
    found = []
    if view.mergeable is Mergeable.NO:
        found.append(Blocker(kind=BlockerKind.CONFLICT, detail="it conflicts with its base"))
    if view.is_behind and not record.is_for_queue:
        found.append(Blocker(kind=BlockerKind.BEHIND, detail="its base has moved, and it must be up to date"))
    if view.mergeable is Mergeable.UNKNOWN:
        found.append(Blocker(kind=BlockerKind.MERGEABLE_UNKNOWN, detail="the forge is still computing"))
    if record.freeze_reason:
        found.append(Blocker(kind=BlockerKind.FROZEN, detail=record.freeze_reason))
    if record.waits_for:
        found.append(Blocker(kind=BlockerKind.BASE_OPEN, detail=f"{record.waits_for} goes first"))
    return found
