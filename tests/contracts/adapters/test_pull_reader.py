"""What every PullReader promises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.forge import ChangedFile, CheckOutcome, Mergeable, RequiredCheck, Requirements
from tests.contracts.adapters.forge_acts import ISSUE, NEW_FAQ, open_pull, order, publish, pull_draft
from tests.contracts.adapters.forge_stages import FAQ, settled

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage


@pytest.fixture
def stage(read_stage: ForgeStage) -> ForgeStage:
    return read_stage


def test_pull_requests_that_are_not_there_are_left_out(stage: ForgeStage):
    pull = open_pull(stage)
    assert set(stage.pulls.look_at([pull.number, 999, 1000])) == {pull.number}


def test_looking_at_nothing_is_no_error(stage: ForgeStage):
    assert stage.pulls.look_at([]) == {}


def test_a_look_tells_all_of_an_open_pull_request(stage: ForgeStage):
    head = publish(stage)
    opened = stage.writer.open_pull(pull_draft())
    seen = settled(stage, opened.number)
    assert seen == replace(opened, head_sha=head.head_sha, mergeable=Mergeable.YES, state="open")


def test_a_look_folds_check_outcomes(stage: ForgeStage):
    pull = open_pull(stage)
    outcomes = {"a": CheckOutcome.SUCCESS, "b": CheckOutcome.FAILURE, "c": CheckOutcome.PENDING}
    for name, outcome in outcomes.items():
        stage.report(pull.head_sha, name, outcome)
    seen = stage.pulls.look_at([pull.number])[pull.number]
    assert {check.name: check.outcome for check in seen.checks} == outcomes


def test_checks_of_an_older_head_do_not_count(stage: ForgeStage):
    pull = open_pull(stage)
    stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
    head = stage.push("ours/a", {"docs/FAQ.md": FAQ + "more\n"})
    seen = stage.pulls.look_at([pull.number])[pull.number]
    assert (seen.head_sha, seen.checks) == (head, ())


def test_a_conflict_with_the_base_is_seen(stage: ForgeStage):
    pull = open_pull(stage)
    stage.push("main", {"docs/FAQ.md": FAQ.replace("Old answer.", "Another answer.")})
    assert settled(stage, pull.number).mergeable is Mergeable.NO


def test_no_pull_request_is_found_for_a_strange_branch(stage: ForgeStage):
    assert stage.pulls.find_pull("ours/none") is None


def test_the_newest_pull_request_of_a_branch_is_found_in_any_state(stage: ForgeStage):
    first = open_pull(stage)
    stage.writer.close_pull(first.number)
    found_closed = stage.pulls.find_pull("ours/a")
    second = stage.writer.open_pull(pull_draft())
    found = stage.pulls.find_pull("ours/a")
    assert (found_closed and found_closed.state, found and found.number) == ("closed", second.number)


def test_a_merged_pull_request_says_so(stage: ForgeStage):
    pull = open_pull(stage)
    sha = stage.writer.merge_pull(order(settled(stage, pull.number)))
    seen = stage.pulls.look_at([pull.number])[pull.number]
    assert (seen.state, seen.merge_sha, seen.merged_at is not None) == ("merged", sha, True)


def test_every_changed_file_is_listed(stage: ForgeStage):
    stage.push("ours/a", {"docs/FAQ.md": NEW_FAQ, "docs/new.md": "new\n"})
    pull = stage.writer.open_pull(pull_draft())
    assert sorted(stage.pulls.changed_files(pull.number), key=lambda file: file.path) == [
        ChangedFile(path="docs/FAQ.md", status="modified"),
        ChangedFile(path="docs/new.md", status="added"),
    ]


def test_a_base_that_moved_is_no_change_of_the_pull_request(stage: ForgeStage):
    pull = open_pull(stage)
    stage.push("main", {"app.py": "print(1)\n"})
    files = stage.pulls.changed_files(pull.number)
    assert list(files) == [ChangedFile(path="docs/FAQ.md", status="modified")]


def test_an_unprotected_branch_requires_nothing_readably(stage: ForgeStage):
    expected = Requirements(checks=(), is_readable=True, is_enforced=False)
    assert stage.pulls.required_checks("main") == expected


def test_required_checks_are_read_from_the_protection(stage: ForgeStage):
    stage.require("lint", "smoke")
    checks = (RequiredCheck(name="lint"), RequiredCheck(name="smoke"))
    expected = Requirements(checks=checks, is_readable=True, is_enforced=True)
    assert stage.pulls.required_checks("main") == expected


def test_an_issue_is_found_by_its_marker_alone(stage: ForgeStage):
    stage.writer.open_issue(replace(ISSUE, body="another", marker="mark-2"))
    assert stage.pulls.find_issue(ISSUE) is None
    opened = stage.writer.open_issue(ISSUE)
    assert stage.pulls.find_issue(ISSUE) == opened
