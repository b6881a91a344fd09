"""What every forge promises of auto-merge, merge queue and the rules of a repository."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import AlreadyClean, Conflict, NotFound, Refused
from closedloop.ports.forge import CheckOutcome, Mergeable, MergeRules
from closedloop.ports.merging import ANY_METHOD, MergeMethod, MergeQueue
from tests.contracts.adapters.forge_acts import NEW_FAQ, open_pull, order, publish, pull_draft
from tests.contracts.adapters.forge_stages import FAQ, settled
from tests.contracts.adapters.merge_stages import gate_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.ports.forge import PullView
    from tests.contracts.adapters.forge_stages import ForgeStage
    from tests.contracts.adapters.merge_stages import Gate

SQUASH, MERGE, REBASE = MergeMethod.SQUASH, MergeMethod.MERGE, MergeMethod.REBASE
_DEADLINE_S = 10


@pytest.fixture
def gate(stage: ForgeStage) -> Gate:
    return gate_of(stage)


@pytest.fixture
def queued(stage: ForgeStage, gate: Gate) -> PullView:
    """A pull request that stands in the queue, whose group waits for its checks."""
    stage.require("faq-ci")
    gate.put_queue(SQUASH)
    pull = settled(stage, open_pull(stage, "ours/a", "# One\n", NEW_FAQ).number)
    stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
    stage.writer.enqueue(order(pull))
    return until(stage, pull.number, lambda view: view.group_sha is not None)


def until(stage: ForgeStage, number: int, is_so: Callable[[PullView], bool]) -> PullView:
    """Look until it is so."""
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        view = stage.pulls.look_at([number])[number]
        if is_so(view):
            return view
    raise AssertionError("it never came to that")


def test_the_rules_say_what_the_repository_allows(stage: ForgeStage, gate: Gate):
    assert replace(stage.pulls.merge_rules("main"), deletes_branches=False) == MergeRules(methods=ANY_METHOD)
    gate.allow(SQUASH, REBASE, auto_merge=True)
    gate.want_linear_history()
    gate.put_queue(REBASE)
    found = stage.pulls.merge_rules("main")
    assert replace(found, deletes_branches=False) == MergeRules(
        methods=frozenset({SQUASH, REBASE}),
        is_linear=True,
        allows_auto_merge=True,
        queue=MergeQueue(method=REBASE),
    )


def test_a_method_that_is_not_allowed_is_refused(stage: ForgeStage, gate: Gate):
    gate.allow(SQUASH)
    pull = settled(stage, open_pull(stage).number)
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(pull, method="rebase"))


def test_where_heads_have_to_be_up_to_date_looks_and_rules_say_so(stage: ForgeStage, gate: Gate):
    gate.want_up_to_date("faq-ci")
    assert stage.pulls.required_checks("main").is_strict
    texts = (NEW_FAQ, FAQ.replace("admin", "boss"))
    late, first = [open_pull(stage, f"ours/{turn}", text) for turn, text in enumerate(texts)]
    for pull in (late, first):
        stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
        assert not settled(stage, pull.number).is_behind
    stage.writer.merge_pull(order(first))
    seen = settled(stage, late.number)
    assert (seen.is_behind, seen.mergeable) == (True, Mergeable.YES)
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(seen))


def test_what_is_left_to_the_forge_is_merged_once_nothing_is_missing(stage: ForgeStage, gate: Gate):
    gate.allow(*MergeMethod, auto_merge=True)
    stage.require("faq-ci")
    pull = settled(stage, open_pull(stage).number)
    stage.writer.enable_auto_merge(order(pull))
    assert stage.pulls.look_at([pull.number])[pull.number].is_auto_merging
    stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
    view = until(stage, pull.number, lambda view: view.state == "merged")
    assert (view.merge_sha, view.is_auto_merging) == (stage.content.branch_sha("main"), False)
    assert stage.message(str(view.merge_sha)) == "Merged\n\ntrace-id: 1"


def test_what_is_clean_cannot_be_left_for_later(stage: ForgeStage, gate: Gate):
    gate.allow(*MergeMethod, auto_merge=True)
    pull = settled(stage, open_pull(stage).number)
    with pytest.raises(AlreadyClean):
        stage.writer.enable_auto_merge(order(pull))


def test_auto_merge_is_refused_where_it_is_not_allowed(stage: ForgeStage, gate: Gate):
    gate.allow(*MergeMethod, auto_merge=False)
    stage.require("faq-ci")
    pull = settled(stage, open_pull(stage).number)
    with pytest.raises(Refused) as refused:
        stage.writer.enable_auto_merge(order(pull))
    assert not isinstance(refused.value, AlreadyClean)


@pytest.mark.parametrize("act", ["enable_auto_merge", "enqueue"])
def test_a_head_that_moved_is_left_to_nobody(stage: ForgeStage, gate: Gate, act: str):
    gate.allow(*MergeMethod, auto_merge=True)
    stage.require("faq-ci")
    pull = settled(stage, open_pull(stage).number)
    if act == "enqueue":
        gate.put_queue(SQUASH)
    stage.report(stage.push("ours/a", {"docs/FAQ.md": "# Smuggled\n"}), "faq-ci", CheckOutcome.SUCCESS)
    with pytest.raises(Conflict):
        getattr(stage.writer, act)(order(pull))


@pytest.mark.parametrize("act", ["enable_auto_merge", "enqueue"])
def test_a_pull_request_that_is_not_there_is_not_found(stage: ForgeStage, act: str):
    pull = open_pull(stage)
    with pytest.raises(NotFound):
        getattr(stage.writer, act)(order(replace(pull, number=999)))


def test_a_branch_without_a_queue_queues_nothing(stage: ForgeStage):
    pull = settled(stage, open_pull(stage).number)
    with pytest.raises(Refused):
        stage.writer.enqueue(order(pull))


def test_what_lacks_its_checks_is_not_queued(stage: ForgeStage, gate: Gate):
    stage.require("faq-ci")
    gate.put_queue(SQUASH)
    pull = settled(stage, open_pull(stage).number)
    with pytest.raises(Refused):
        stage.writer.enqueue(order(pull))


def test_a_branch_behind_a_queue_is_merged_into_by_nobody_else(stage: ForgeStage, queued: PullView):
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(queued))


def test_queueing_twice_is_no_error(stage: ForgeStage, queued: PullView):
    stage.writer.enqueue(order(queued))
    assert stage.pulls.look_at([queued.number])[queued.number].is_queued


def test_a_green_group_is_merged(stage: ForgeStage, gate: Gate, queued: PullView):
    gate.group_is(CheckOutcome.SUCCESS, queued.number)
    view = until(stage, queued.number, lambda view: view.state == "merged")
    assert (view.merge_sha, view.is_queued) == (stage.content.branch_sha("main"), False)


def test_a_red_group_is_given_back_with_its_checks(stage: ForgeStage, gate: Gate, queued: PullView):
    gate.group_is(CheckOutcome.FAILURE, queued.number)
    view = until(stage, queued.number, lambda view: not view.is_queued)
    checks = stage.pulls.checks_of(str(queued.group_sha))
    assert (view.state, [(check.name, check.outcome) for check in checks]) == (
        "open", [("faq-ci", CheckOutcome.FAILURE)],
    )  # fmt: skip


def test_what_is_closed_leaves_the_queue(stage: ForgeStage, queued: PullView):
    stage.writer.close_pull(queued.number)
    view = until(stage, queued.number, lambda view: not view.is_queued)
    assert view.state == "closed"


def test_a_rebase_brings_each_commit_with_its_message(stage: ForgeStage):
    publish(stage, "ours/a", "# One\n", NEW_FAQ)
    pull = settled(stage, stage.writer.open_pull(pull_draft()).number)
    stage.push("main", {"other.md": "meanwhile\n"})
    sha = stage.writer.merge_pull(order(settled(stage, pull.number), method="rebase"))
    found = stage.content.commits_to(sha, 2)
    assert [commit.message.splitlines()[-1] for commit in found] == ["trace-id: 1", "trace-id: 0"]
    assert found[0].sha == sha


def test_commits_to_an_unknown_one_are_not_found(stage: ForgeStage):
    with pytest.raises(NotFound):
        stage.content.commits_to("0" * 40, 1)


def test_a_commit_that_is_not_known_has_no_checks(stage: ForgeStage):
    assert list(stage.pulls.checks_of("0" * 40)) == []
