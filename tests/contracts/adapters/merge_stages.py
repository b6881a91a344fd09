"""Hands that change how a stage's repository lets changes in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from closedloop.ports.merging import MergeMethod, MergeQueue
from tests.contracts.adapters.forge_stages import FakeStage, GithubStage

if TYPE_CHECKING:
    from closedloop.ports.forge import CheckOutcome
    from tests.contracts.adapters.forge_stages import ForgeStage

_ALLOW = {
    MergeMethod.SQUASH: "allow_squash_merge",
    MergeMethod.MERGE: "allow_merge_commit",
    MergeMethod.REBASE: "allow_rebase_merge",
}
#: A queue that never waits for company.
_QUEUE = {
    "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
    "max_entries_to_merge": 5, "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5,
}  # fmt: skip


class Gate(Protocol):
    """What an administrator may set."""

    def allow(self, *methods: MergeMethod, auto_merge: bool = False) -> None: ...
    def want_linear_history(self) -> None: ...
    def want_up_to_date(self, check: str) -> None: ...
    def put_queue(self, method: MergeMethod) -> None: ...
    def group_is(self, outcome: CheckOutcome, number: int) -> None: ...


class FakeGate:
    """FakeForge's rules."""

    def __init__(self, stage: FakeStage) -> None:
        self._world = stage.world

    def allow(self, *methods: MergeMethod, auto_merge: bool = False) -> None:
        self._change(methods=frozenset(methods), allows_auto_merge=auto_merge)

    def want_linear_history(self) -> None:
        self._change(is_linear=True)

    def want_up_to_date(self, check: str) -> None:
        self._world.require(check, is_strict=True)

    def put_queue(self, method: MergeMethod) -> None:
        self._world.queue.ci = None
        self._change(queue=MergeQueue(method=method))

    def group_is(self, outcome: CheckOutcome, number: int) -> None:
        assert self._world.queue.holds(number)
        self._world.queue.ci, clock = outcome, self._world.clock
        self._world.clock = lambda: clock() + self._world.queue.takes

    def _change(self, **rules: Any) -> None:
        self._world.rules = replace(self._world.rules, **rules)


class GithubGate:
    """The sandbox's, by REST; its CI are we."""

    def __init__(self, stage: GithubStage) -> None:
        self._stage = stage

    def allow(self, *methods: MergeMethod, auto_merge: bool = False) -> None:
        wanted = {name: method in methods for method, name in _ALLOW.items()}
        self._stage.call("PATCH", "", **wanted, allow_auto_merge=auto_merge)

    def want_linear_history(self) -> None:
        self._stage.call(
            "PUT",
            "/branches/main/protection",
            required_status_checks=None,
            enforce_admins=True,
            required_pull_request_reviews=None,
            restrictions=None,
            required_linear_history=True,
        )

    def want_up_to_date(self, check: str) -> None:
        checks = {
            "required_status_checks": [{"context": check}],
            "strict_required_status_checks_policy": True,
        }
        self._rule("required_status_checks", checks)

    def put_queue(self, method: MergeMethod) -> None:
        self._rule("merge_queue", {**_QUEUE, "merge_method": method.upper()})

    def _rule(self, kind: str, parameters: dict[str, Any]) -> None:
        self._stage.call(
            "POST",
            "/rulesets",
            name=kind,
            enforcement="active",
            conditions={"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
            rules=[{"type": kind, "parameters": parameters}],
        )

    def group_is(self, outcome: CheckOutcome, number: int) -> None:
        group = self._stage.pulls.look_at([number])[number].group_sha
        assert group
        self._stage.report(group, "faq-ci", outcome)


def gate_of(stage: ForgeStage) -> Gate:
    """The hands for this stage."""
    if isinstance(stage, FakeStage):
        return FakeGate(stage)
    assert isinstance(stage, GithubStage)
    return GithubGate(stage)
