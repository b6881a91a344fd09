"""What every GitTransport promises: the fake, GitHub by REST, GitHub by git."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Conflict, NotFound, Refused, Unknown
from tests.contracts.adapters.forge_acts import NEW_FAQ, draft, publish, text_at
from tests.contracts.adapters.forge_stages import FAQ, FILES

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage

NO_COMMITS = ("0" * 40, "1" * 40)
TAG = "v1-stable-20250101-000000"


@pytest.fixture
def stage(transport_stage: ForgeStage) -> ForgeStage:
    return transport_stage


@pytest.mark.parametrize("count", [1, 2, 100])
def test_a_published_branch_holds_every_change(stage: ForgeStage, count: int):
    texts = [f"{FAQ}\n{turn} Ünï 文\n" for turn in range(count)]
    head = publish(stage, "ours/ä", *texts)
    assert (stage.content.branch_sha("ours/ä"), len(head.commit_shas)) == (head.head_sha, count)
    assert (head.commit_shas[-1], text_at(stage, head.head_sha)) == (head.head_sha, texts[-1])
    assert stage.content.contains(draft(stage).base_sha, head.head_sha)


def test_the_branch_tells_of_every_commit_that_was_drawn_up(stage: ForgeStage):
    head = publish(stage, "ours/a", "# One\n", "# Two\n", "# Three\n")
    told = "\n".join(stage.message(sha) for sha in dict.fromkeys(head.commit_shas))
    assert [line for line in told.splitlines() if line.startswith("trace-id")] == [
        "trace-id: 0",
        "trace-id: 1",
        "trace-id: 2",
    ]


def test_a_commit_carries_its_message(stage: ForgeStage):
    head = publish(stage)
    assert stage.message(head.head_sha) == "Change 0\n\ntrace-id: 0"


def test_files_not_named_in_a_commit_stay(stage: ForgeStage):
    head = publish(stage)
    kept = {path: stage.content.file_at(path, head.head_sha) for path in FILES}
    assert {path: found.text for path, found in kept.items() if found} == {**FILES, "docs/FAQ.md": NEW_FAQ}


def test_a_branch_that_exists_is_not_overwritten(stage: ForgeStage):
    head = publish(stage)
    with pytest.raises(Conflict):
        publish(stage, "ours/a", "# Other\n")
    assert stage.content.branch_sha("ours/a") == head.head_sha


def test_a_head_is_announced_before_anybody_can_see_it(stage: ForgeStage):
    told: list[tuple[str, str | None]] = []
    head = stage.git.publish_branch(
        draft(stage), lambda sha: told.append((sha, stage.content.branch_sha("ours/a")))
    )
    assert told == [(head.head_sha, None)]


def test_who_objects_to_the_announced_head_prevents_it(stage: ForgeStage):
    def object_to(_sha: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        stage.git.publish_branch(draft(stage), object_to)
    assert stage.content.branch_sha("ours/a") is None


def test_a_branch_without_commits_is_its_base(stage: ForgeStage):
    bare = replace(draft(stage), commits=())
    head = stage.git.publish_branch(bare)
    assert (head.head_sha, head.commit_shas, stage.content.branch_sha("ours/a")) == (
        bare.base_sha,
        (),
        bare.base_sha,
    )


@pytest.mark.parametrize("sha", NO_COMMITS)
def test_a_branch_needs_a_base_that_exists(stage: ForgeStage, sha: str):
    with pytest.raises(NotFound):
        stage.git.publish_branch(replace(draft(stage), base_sha=sha))


def test_deleting_twice_is_no_error(stage: ForgeStage):
    head = publish(stage).head_sha
    for _ in range(2):
        stage.git.delete_branch("ours/a", head)
    assert stage.content.branch_sha("ours/a") is None


def test_a_branch_that_somebody_pushed_to_stays(stage: ForgeStage):
    ours = publish(stage).head_sha
    theirs = stage.push("ours/a", {"docs/FAQ.md": "# By hand\n"})
    with pytest.raises(Conflict):
        stage.git.delete_branch("ours/a", ours)
    assert stage.content.branch_sha("ours/a") == theirs


def test_a_tag_is_made_once(stage: ForgeStage):
    head = str(stage.content.branch_sha("main"))
    stage.git.create_tag(TAG, head)
    with pytest.raises(Conflict):
        stage.git.create_tag(TAG, head)
    assert stage.content.contains(head, TAG)


def test_a_tag_stays_where_it_is(stage: ForgeStage):
    old = str(stage.content.branch_sha("main"))
    stage.git.create_tag(TAG, old)
    new = stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    with pytest.raises(Conflict):
        stage.git.create_tag(TAG, new)
    assert not stage.content.contains(new, TAG)


@pytest.mark.parametrize("sha", NO_COMMITS)
def test_a_tag_needs_a_commit(stage: ForgeStage, sha: str):
    with pytest.raises(Refused):
        stage.git.create_tag("v2", sha)


def test_a_branch_whose_answer_was_lost_is_found_by_its_name(stage: ForgeStage):
    stage.lose_answer("publish_branch")
    with pytest.raises(Unknown):
        publish(stage)
    assert text_at(stage, "ours/a") == NEW_FAQ
    with pytest.raises(Conflict):
        publish(stage)


def test_a_tag_whose_answer_was_lost_is_there(stage: ForgeStage):
    head = publish(stage).head_sha
    stage.lose_answer("create_tag")
    with pytest.raises(Unknown):
        stage.git.create_tag(TAG, head)
    assert stage.content.contains(head, TAG)


def test_a_branch_whose_deletion_got_no_answer_is_gone(stage: ForgeStage):
    head = publish(stage).head_sha
    stage.lose_answer("delete_branch")
    with suppress(Unknown):  # git may have asked again by itself
        stage.git.delete_branch("ours/a", head)
    assert stage.content.branch_sha("ours/a") is None
