"""After an effect whose answer was lost, the error is Unknown and a look-up finds the effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Unknown
from tests.contracts.adapters.forge_acts import ISSUE, open_pull, order, publish, pull_draft
from tests.contracts.adapters.forge_stages import settled

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage


def test_an_open_pull_request_is_found_by_its_branch(stage: ForgeStage):
    publish(stage)
    stage.lose_answer("open_pull")
    with pytest.raises(Unknown):
        stage.writer.open_pull(pull_draft())
    found = stage.pulls.find_pull("ours/a")
    assert found is not None
    assert found.state == "open"


def test_a_merge_is_found_by_a_look(stage: ForgeStage):
    pull = settled(stage, open_pull(stage).number)
    stage.lose_answer("merge_pull")
    with pytest.raises(Unknown):
        stage.writer.merge_pull(order(pull))
    seen = stage.pulls.look_at([pull.number])[pull.number]
    assert (seen.state, seen.merge_sha) == ("merged", stage.content.branch_sha("main"))


def test_an_issue_is_found_by_its_marker(stage: ForgeStage):
    stage.lose_answer("open_issue")
    with pytest.raises(Unknown):
        stage.writer.open_issue(ISSUE)
    assert stage.pulls.find_issue(ISSUE) is not None


def test_a_closed_pull_request_is_seen_closed(stage: ForgeStage):
    pull = open_pull(stage)
    stage.lose_answer("close_pull")
    with pytest.raises(Unknown):
        stage.writer.close_pull(pull.number)
    assert stage.pulls.look_at([pull.number])[pull.number].state == "closed"
