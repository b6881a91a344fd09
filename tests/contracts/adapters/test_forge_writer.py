"""What every ForgeWriter promises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Conflict, NotFound, Refused
from closedloop.ports.forge import CheckOutcome
from tests.contracts.adapters.forge_acts import NEW_FAQ, draft, open_pull, order, publish, pull_draft, text_at
from tests.contracts.adapters.forge_stages import FAQ, settled

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage


def test_labels_are_given_to_a_new_pull_request(stage: ForgeStage):
    publish(stage)
    pull = stage.writer.open_pull(pull_draft(labels=("P0", "hotfix")))
    assert stage.labels(pull.number) == {"P0", "hotfix"}


def test_a_branch_has_one_open_pull_request(stage: ForgeStage):
    open_pull(stage)
    with pytest.raises(Conflict):
        stage.writer.open_pull(pull_draft())


def test_a_pull_request_needs_a_branch(stage: ForgeStage):
    with pytest.raises(Refused):
        stage.writer.open_pull(pull_draft("ours/none"))


def test_a_pull_request_needs_commits(stage: ForgeStage):
    stage.git.publish_branch(replace(draft(stage), commits=()))
    with pytest.raises(Refused):
        stage.writer.open_pull(pull_draft())


def test_a_squash_merge_is_one_commit_on_the_base(stage: ForgeStage):
    old = str(stage.content.branch_sha("main"))
    pull = open_pull(stage, "ours/a", "# One\n", NEW_FAQ)
    sha = stage.writer.merge_pull(order(settled(stage, pull.number)))
    assert (stage.content.branch_sha("main"), text_at(stage, "main")) == (sha, NEW_FAQ)
    assert (stage.message(sha), stage.content.contains(old, sha)) == ("Merged\n\ntrace-id: 1", True)


@pytest.mark.parametrize("method", ["merge", "rebase"])
def test_other_merge_methods_bring_the_commits_themselves(stage: ForgeStage, method: str):
    pull = open_pull(stage, "ours/a", "# One\n", NEW_FAQ)
    sha = stage.writer.merge_pull(order(settled(stage, pull.number), method=method))
    assert (stage.content.branch_sha("main"), text_at(stage, "main")) == (sha, NEW_FAQ)


def test_changes_of_other_lines_are_merged_together(stage: ForgeStage):
    pull = open_pull(stage)
    stage.push("main", {"docs/FAQ.md": FAQ.replace("Ask your admin.", "Ask anybody.")})
    stage.writer.merge_pull(order(settled(stage, pull.number)))
    assert text_at(stage, "main") == NEW_FAQ.replace("Ask your admin.", "Ask anybody.")


def test_a_head_that_moved_is_not_merged(stage: ForgeStage):
    pull = open_pull(stage)
    stage.push("ours/a", {"docs/FAQ.md": FAQ + "smuggled\n"})
    settled(stage, pull.number)
    with pytest.raises(Conflict):
        stage.writer.merge_pull(order(pull))
    assert text_at(stage, "main") == FAQ


def test_a_conflict_is_not_merged(stage: ForgeStage):
    pull = open_pull(stage)
    stage.push("main", {"docs/FAQ.md": FAQ.replace("Old answer.", "Another answer.")})
    settled(stage, pull.number)
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(pull))


def test_a_protected_branch_refuses_until_its_checks_are_green(stage: ForgeStage):
    stage.require("faq-ci")
    pull = open_pull(stage)
    settled(stage, pull.number)
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(pull))
    stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
    assert stage.writer.merge_pull(order(pull)) == stage.content.branch_sha("main")


def test_a_merge_happens_once(stage: ForgeStage):
    pull = open_pull(stage)
    stage.writer.merge_pull(order(settled(stage, pull.number)))
    with pytest.raises(Refused):
        stage.writer.merge_pull(order(pull))


def test_merging_or_closing_what_is_not_there_is_not_found(stage: ForgeStage):
    pull = open_pull(stage)
    with pytest.raises(NotFound):
        stage.writer.merge_pull(order(replace(pull, number=999)))
    with pytest.raises(NotFound):
        stage.writer.close_pull(999)


def test_closing_twice_is_no_error(stage: ForgeStage):
    pull = open_pull(stage)
    for _ in range(2):
        stage.writer.close_pull(pull.number)
    assert stage.pulls.look_at([pull.number])[pull.number].state == "closed"
