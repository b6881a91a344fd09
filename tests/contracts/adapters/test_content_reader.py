"""What every ContentReader promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import NotFound
from closedloop.ports.forge import DocumentAt, FileAt
from tests.contracts.adapters.forge_stages import FILES

if TYPE_CHECKING:
    from tests.contracts.adapters.forge_stages import ForgeStage

NO_COMMIT = "0" * 40


@pytest.fixture
def stage(read_stage: ForgeStage) -> ForgeStage:
    return read_stage


def test_a_missing_branch_has_no_sha(stage: ForgeStage):
    assert stage.content.branch_sha("no/such") is None


def test_a_branch_sha_follows_every_push(stage: ForgeStage):
    pushed, seen = [], []
    for turn in range(3):
        pushed.append(stage.push("main", {"docs/FAQ.md": f"# {turn}\n"}))
        seen += [stage.content.branch_sha("main"), stage.content.branch_sha("main")]
    assert seen == [sha for sha in pushed for _ in range(2)]


@pytest.mark.parametrize("path", ["docs/FAQ.md", "docs/grüße.md"])
def test_a_file_is_read_exactly_by_branch(stage: ForgeStage, path: str):
    head = stage.content.branch_sha("main")
    expected = FileAt(text=FILES[path], mode="100644", commit_sha=str(head))
    assert stage.content.file_at(path, "main") == expected


def test_a_file_is_read_as_it_was_at_a_commit(stage: ForgeStage):
    old = str(stage.content.branch_sha("main"))
    stage.push("main", {"docs/FAQ.md": "# New\n"})
    found = stage.content.file_at("docs/FAQ.md", old)
    assert found == FileAt(text=FILES["docs/FAQ.md"], mode="100644", commit_sha=old)


@pytest.mark.parametrize(
    ("path", "ref"),
    [("docs/none.md", "main"), ("docs", "main"), ("docs/FAQ.md", "none"), ("app.py", NO_COMMIT)],
)
def test_a_file_that_is_not_there_is_none(stage: ForgeStage, path: str, ref: str):
    assert stage.content.file_at(path, ref) is None


@pytest.mark.parametrize("prefix", ["docs", "docs/"])
def test_documents_are_the_markdown_below_a_folder(stage: ForgeStage, prefix: str):
    expected = [DocumentAt(path=path, text=FILES[path]) for path in ("docs/FAQ.md", "docs/grüße.md")]
    assert stage.content.documents_at("main", prefix) == expected


def test_documents_without_prefix_are_all_markdown(stage: ForgeStage):
    paths = [document.path for document in stage.content.documents_at("main", "")]
    assert paths == sorted(path for path in FILES if path.endswith(".md"))


def test_documents_of_an_unknown_commit_are_not_found(stage: ForgeStage):
    with pytest.raises(NotFound):
        stage.content.documents_at(NO_COMMIT, "docs")


def test_a_commit_contains_itself_and_its_past_only(stage: ForgeStage):
    old = str(stage.content.branch_sha("main"))
    new = stage.push("main", {"docs/FAQ.md": "# New\n"})
    pairs = [(old, old), (old, new), (new, old), (old[:10], new[:10])]
    assert [stage.content.contains(*pair) for pair in pairs] == [True, True, False, True]


@pytest.mark.parametrize("strange", [NO_COMMIT, "abcdef0"])
def test_an_unknown_commit_contains_nothing_of_ours(stage: ForgeStage, strange: str):
    assert not stage.content.contains(str(stage.content.branch_sha("main")), strange)
