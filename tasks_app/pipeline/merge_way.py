"""How a pull request gets into its branch: by whom and by which method. Pure.

The repository has the last word. What settings ask for and it does not allow is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from closedloop.ports.merging import MergeMethod, MergeRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from closedloop.ports.checks import Requirements

#: Settings that leave the choice to the rules.
AUTO = "auto"
#: In this order one change is merged: squashed it is one commit, and there is nothing to keep apart.
_FOR_ONE = (MergeMethod.SQUASH, MergeMethod.REBASE, MergeMethod.MERGE)
#: In this order several are: by the first two each keeps a commit of its own.
_FOR_MANY = (MergeMethod.MERGE, MergeMethod.REBASE, MergeMethod.SQUASH)


class WayIn(StrEnum):
    """Who merges."""

    #: We do, now.
    DIRECT = "direct"
    #: The forge does, once nothing is missing.
    AUTO_MERGE = "auto_merge"
    #: The branch's merge queue does, after checks of its own.
    QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What is going to be done."""

    by: WayIn
    #: None when the queue has a method that it does not tell.
    method: MergeMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """What settings ask for is not possible here."""

    code: str
    #: For an operator.
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What settings ask for."""

    #: auto | direct | auto_merge | queue.
    strategy: str = AUTO
    #: auto | squash | merge | rebase.
    method: str = AUTO


def narrowed(rules: MergeRules, found: Requirements) -> MergeRules:
    """The repository's rules within those of the branch's rulesets."""
    return replace(rules, methods=rules.methods & found.methods, is_linear=rules.is_linear or found.is_linear)


def choose(rules: MergeRules, wishes: Wishes, *, party_size: int) -> Way | Barred:
    """The way in for a pull request that carries so many tasks."""
    by = choose_way(rules, wishes.strategy)
    if isinstance(by, Barred):
        return by
    if by is WayIn.QUEUE and rules.queue:
        if rules.queue.method is None:
            return Way(by=by, method=None)
        # It merges by its own method, whatever else the repository allows.
        rules = MergeRules(methods=frozenset({rules.queue.method}))
    method = choose_method(rules, wishes.method, party_size)
    return method if isinstance(method, Barred) else Way(by=by, method=method)


def choose_for_revert(rules: MergeRules, wishes: Wishes) -> MergeMethod:
    """The method for a rollback, which nothing configured may hold up; the forge refuses what it must."""
    for wish in (wishes.method, AUTO):
        method = choose_method(rules, wish, 1)
        if not isinstance(method, Barred):
            return method
    return _FOR_ONE[0]


def choose_way(rules: MergeRules, configured: str) -> WayIn | Barred:
    """Who merges: the queue where there is one, else we; the forge by itself only when it is asked for."""
    if configured == WayIn.QUEUE and rules.queue is None:
        return _unavailable("queue", "the branch has no merge queue")
    if configured == WayIn.AUTO_MERGE and rules.queue is None and not rules.allows_auto_merge:
        return _unavailable("auto_merge", "the repository does not allow auto-merge")
    if configured == WayIn.DIRECT or (configured == AUTO and rules.queue is None):
        return WayIn.DIRECT
    # In front of a queue "merge when ready" means to queue once ready, and that it is by now.
    return WayIn.AUTO_MERGE if rules.queue is None else WayIn.QUEUE


def choose_method(rules: MergeRules, configured: str, party_size: int) -> MergeMethod | Barred:
    """What a merge makes of the commits: what is configured, or what keeps the tasks apart."""
    possible = rules.methods - ({MergeMethod.MERGE} if rules.is_linear else set())
    order = _FOR_ONE if party_size == 1 else _FOR_MANY
    wanted = order if configured == AUTO else (MergeMethod(configured),)
    found = next((method for method in wanted if method in possible), None)
    if found is not None:
        return found
    asked = "any merge method" if configured == AUTO else f"MERGE_METHOD={configured}"
    return Barred(
        code="merge_method_forbidden",
        detail=f"the repository does not allow {asked} on this branch; it allows {_named(possible)}",
    )


def _unavailable(strategy: str, detail: str) -> Barred:
    return Barred(code="merge_strategy_unavailable", detail=f"MERGE_STRATEGY={strategy}, but {detail}")


def _named(methods: Iterable[MergeMethod]) -> str:
    return ", ".join(sorted(methods)) or "none"
