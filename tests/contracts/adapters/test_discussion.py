"""What every Discussion promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.discussion import CommentDraft
from closedloop.ports.errors import NotFound, Unknown
from tests.contracts.adapters.forge_acts import open_pull

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage


def comment(number: int, marker: str = "<!-- mark-1 -->") -> CommentDraft:
    return CommentDraft(number=number, body="Grüße: left to people.", marker=marker)


def test_a_comment_is_found_by_its_marker(stage: ForgeStage):
    draft = comment(open_pull(stage).number)
    before = stage.discussion.find_comment(draft)
    url = stage.discussion.add_comment(draft)
    assert (before, stage.discussion.find_comment(draft)) == (None, url)


def test_a_comment_of_others_is_not_ours(stage: ForgeStage):
    number = open_pull(stage).number
    stage.discussion.add_comment(comment(number, "<!-- mark-2 -->"))
    assert stage.discussion.find_comment(comment(number)) is None


def test_a_lost_answer_leaves_the_outcome_open_and_the_comment_there(stage: ForgeStage):
    draft = comment(open_pull(stage).number)
    stage.lose_answer("add_comment")
    with pytest.raises(Unknown):
        stage.discussion.add_comment(draft)
    assert stage.discussion.find_comment(draft) is not None


def test_a_pull_request_that_is_not_there_takes_no_comment(stage: ForgeStage):
    with pytest.raises(NotFound):
        stage.discussion.add_comment(comment(999_999))
