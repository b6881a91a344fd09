"""What the doctor says of how changes get into the branch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from closedloop.ports.forge import MergeRules
from closedloop.ports.merging import MergeMethod, MergeQueue
from metrics_app.services.doctor_merging import merging
from tests.fakes import FakeForge

SQUASH, MERGE = MergeMethod.SQUASH, MergeMethod.MERGE
ONE_WAY = MergeRules(methods=frozenset({SQUASH}))
USUAL = MergeRules(deletes_branches=True, allows_auto_merge=True)


@pytest.fixture
def said(world, settings):
    """What is said of a repository with these rules: verdict and text of each line."""
    settings.GITHUB_REPO, settings.GITHUB_TOKEN = "acme/handbook", "a-token"

    def say(rules: MergeRules, *, is_strict: bool = False) -> list[tuple[str, str]]:
        forge = FakeForge({"a.md": "a"})
        forge.world.rules = rules
        forge.world.require("lint", is_strict=is_strict)
        found = merging(replace(world, pulls=lambda: forge))
        return [(str(line.verdict), line.text) for line in found]

    return say


def test_what_is_allowed_and_what_will_be_done_is_told(said):
    assert said(USUAL) == [
        ("ok", "main allows squash, merge, rebase; it has no merge queue; auto-merge is allowed"),
        ("ok", "we merge: one task by squash, several by merge"),
        ("ok", "branches are deleted on merge"),
    ]


def test_a_queue_is_told(said):
    queued = replace(USUAL, queue=MergeQueue(method=MERGE), is_linear=True, allows_auto_merge=False)
    allowed = "main allows squash, merge, rebase; the branch takes no merge commits"
    assert said(queued)[:2] == [
        ("ok", f"{allowed}; it has a merge queue; auto-merge is not allowed"),
        ("ok", "the branch's merge queue merges: one task by merge, several by merge"),
    ]


@pytest.mark.parametrize(("queue", "times"), [(None, 1), (MergeQueue(method=MERGE), 0)])
def test_what_pushes_of_people_cost_is_told_unless_a_queue_pays(said, queue, times):
    lines = said(replace(USUAL, queue=queue), is_strict=True)
    warned = ("warn", "main takes only what is up to date: each push to it costs a run of CI")
    assert lines.count(warned) == times


@pytest.mark.parametrize(
    ("asked", "rules", "line"),
    [
        ("MERGE_METHOD=merge", ONE_WAY, ("FAIL", "merge_method_forbidden")),
        ("MERGE_STRATEGY=queue", USUAL, ("FAIL", "merge_strategy_unavailable")),
        ("MERGE_STRATEGY=auto_merge", USUAL, ("ok", "the forge merges once nothing is missing")),
        ("MERGE_STRATEGY=auto", replace(USUAL, queue=MergeQueue(method=None)), ("ok", "the queue's own")),
        ("MERGE_STRATEGY=direct", replace(USUAL, queue=MergeQueue(method=None)), ("warn", "passed by")),
        ("MERGE_METHOD=squash", USUAL, ("warn", "become one commit")),
        ("MERGE_METHOD=auto", MergeRules(methods=frozenset()), ("FAIL", "it allows none")),
        ("MERGE_METHOD=auto", MergeRules(), ("warn", "branches stay behind")),
    ],
)
def test_what_is_not_possible_or_has_a_price_is_told_beforehand(said, settings, asked, rules, line):
    setattr(settings, *asked.split("="))
    verdict, words = line
    assert [found for found in said(rules) if found[0] == verdict and words in found[1]]
