"""Who merges a pull request, and by which method."""

from __future__ import annotations

import pytest

from closedloop.ports.checks import Requirements
from closedloop.ports.merging import MergeMethod, MergeQueue, MergeRules
from tasks_app.pipeline.merge_way import (
    Barred,
    Way,
    WayIn,
    Wishes,
    choose,
    choose_for_revert,
    choose_method,
    choose_way,
    narrowed,
)

SQUASH, MERGE, REBASE = MergeMethod.SQUASH, MergeMethod.MERGE, MergeMethod.REBASE
QUEUED = MergeRules(queue=MergeQueue(method=SQUASH))
LATER = MergeRules(allows_auto_merge=True)


def only(*methods, is_linear=False):
    return MergeRules(methods=frozenset(methods), is_linear=is_linear)


@pytest.mark.parametrize(
    ("rules", "party", "method"),
    [
        (MergeRules(), 1, SQUASH),
        (MergeRules(), 2, MERGE),
        (MergeRules(is_linear=True), 2, REBASE),
        (MergeRules(is_linear=True), 1, SQUASH),
        (only(SQUASH), 100, SQUASH),
        (only(SQUASH, REBASE), 2, REBASE),
        (only(REBASE), 1, REBASE),
        (only(REBASE, MERGE), 1, REBASE),
        (only(MERGE), 1, MERGE),
    ],
)
def test_tasks_that_travel_together_keep_commits_of_their_own_where_that_is_allowed(rules, party, method):
    assert choose_method(rules, "auto", party) == method


@pytest.mark.parametrize("party", [1, 2])
@pytest.mark.parametrize("method", list(MergeMethod))
def test_a_configured_method_that_is_allowed_is_taken(method, party):
    assert choose_method(only(method), method.value, party) == method


@pytest.mark.parametrize(
    ("rules", "configured", "detail"),
    [
        (only(SQUASH), "merge", "does not allow MERGE_METHOD=merge on this branch; it allows squash"),
        (MergeRules(is_linear=True), "merge", "MERGE_METHOD=merge on this branch; it allows rebase, squash"),
        (only(), "auto", "does not allow any merge method on this branch; it allows none"),
        (only(MERGE, is_linear=True), "auto", "any merge method on this branch; it allows none"),
    ],
)
def test_a_method_that_the_repository_forbids_is_refused_by_name(rules, configured, detail):
    found = choose_method(rules, configured, 2)
    assert isinstance(found, Barred)
    assert (found.code, detail in found.detail) == ("merge_method_forbidden", True)


@pytest.mark.parametrize(
    ("rules", "configured", "way"),
    [
        (MergeRules(), "auto", WayIn.DIRECT),
        (LATER, "auto", WayIn.DIRECT),
        (QUEUED, "auto", WayIn.QUEUE),
        (QUEUED, "direct", WayIn.DIRECT),
        (QUEUED, "queue", WayIn.QUEUE),
        (QUEUED, "auto_merge", WayIn.QUEUE),
        (LATER, "auto_merge", WayIn.AUTO_MERGE),
    ],
)
def test_the_queue_merges_where_there_is_one(rules, configured, way):
    assert choose_way(rules, configured) == way


@pytest.mark.parametrize(
    ("configured", "lacks"),
    [
        ("queue", "the branch has no merge queue"),
        ("auto_merge", "the repository does not allow auto-merge"),
    ],
)
def test_a_way_that_the_repository_does_not_have_is_refused_by_name(configured, lacks):
    found = choose_way(MergeRules(), configured)
    assert found == Barred(
        code="merge_strategy_unavailable", detail=f"MERGE_STRATEGY={configured}, but {lacks}"
    )


@pytest.mark.parametrize(
    ("rules", "wishes", "way"),
    [
        (MergeRules(), Wishes(), Way(by=WayIn.DIRECT, method=MERGE)),
        (LATER, Wishes(strategy="auto_merge"), Way(by=WayIn.AUTO_MERGE, method=MERGE)),
        (QUEUED, Wishes(), Way(by=WayIn.QUEUE, method=SQUASH)),
        (QUEUED, Wishes(method="squash"), Way(by=WayIn.QUEUE, method=SQUASH)),
        (MergeRules(queue=MergeQueue(method=None)), Wishes(method="merge"), Way(by=WayIn.QUEUE, method=None)),
        (
            MergeRules(queue=MergeQueue(method=MERGE), methods=frozenset(), is_linear=True),
            Wishes(),
            Way(by=WayIn.QUEUE, method=MERGE),
        ),
    ],
)
def test_a_queue_merges_by_its_own_method(rules, wishes, way):
    assert choose(rules, wishes, party_size=2) == way


def test_the_method_depends_on_how_many_travel_together():
    methods = [choose(MergeRules(), Wishes(), party_size=size) for size in (1, 2)]
    assert methods == [Way(by=WayIn.DIRECT, method=SQUASH), Way(by=WayIn.DIRECT, method=MERGE)]


def test_in_front_of_a_queue_a_direct_merge_asks_for_what_the_repository_allows():
    rules = MergeRules(queue=MergeQueue(method=SQUASH), methods=frozenset({REBASE}))
    assert choose(rules, Wishes(strategy="direct"), party_size=2) == Way(by=WayIn.DIRECT, method=REBASE)


@pytest.mark.parametrize(
    ("rules", "wishes", "code"),
    [
        (QUEUED, Wishes(method="rebase"), "merge_method_forbidden"),
        (MergeRules(), Wishes(strategy="queue"), "merge_strategy_unavailable"),
    ],
)
def test_what_is_not_possible_is_told_and_not_replaced(rules, wishes, code):
    found = choose(rules, wishes, party_size=2)
    assert isinstance(found, Barred)
    assert found.code == code


@pytest.mark.parametrize(
    ("rules", "configured", "method"),
    [
        (MergeRules(), "rebase", REBASE),
        (MergeRules(), "auto", SQUASH),
        (only(SQUASH), "merge", SQUASH),
        (only(MERGE), "auto", MERGE),
        (only(), "merge", SQUASH),
    ],
)
def test_a_rollback_takes_what_is_allowed_whatever_is_configured(rules, configured, method):
    assert choose_for_revert(rules, Wishes(method=configured)) == method


def test_rulesets_narrow_what_the_repository_allows():
    found = Requirements(
        checks=(), is_readable=True, is_enforced=False, methods=frozenset({MERGE, SQUASH}), is_linear=True
    )
    assert narrowed(only(SQUASH, REBASE), found) == only(SQUASH, is_linear=True)
