import base64

import pytest
from github import InputGitAuthor, InputGitTreeElement
from github.Repository import Repository

from tests.contracts.sandbox_forge.steps import call, refusal, tip


def test_a_ref_is_created_read_moved_and_deleted(repo: Repository):
    first = tip(repo)
    ref = repo.create_git_ref("refs/heads/topic/one", first)
    second = repo.create_file("a.md", "Add a", "a\n", branch="topic/one")["commit"].sha
    assert repo.get_git_ref("heads/topic/one").object.sha == second
    ref.edit(first, force=True)
    assert tip(repo, "topic/one") == first
    ref.delete()
    assert refusal(repo.get_git_ref, "heads/topic/one") == (404, "Not Found")


def test_a_ref_that_exists_is_refused(repo: Repository):
    assert refusal(repo.create_git_ref, "refs/heads/main", tip(repo)) == (422, "Reference already exists")


def test_a_ref_to_a_missing_object_is_refused(repo: Repository):
    assert refusal(repo.create_git_ref, "refs/heads/x", "1" * 40) == (422, "Object does not exist")


def test_a_malformed_ref_name_is_refused(repo: Repository):
    assert refusal(repo.create_git_ref, "refs/heads/a..b", tip(repo))[0] == 422


def test_a_ref_moves_only_forward_without_force(repo: Repository):
    first = tip(repo)
    repo.create_file("a.md", "Add a", "a\n")
    assert refusal(repo.get_git_ref("heads/main").edit, first) == (422, "Update is not a fast forward")


def test_moving_a_missing_ref_is_refused(repo: Repository):
    ref = repo.create_git_ref("refs/heads/gone", tip(repo))
    ref.delete()
    assert refusal(ref.edit, tip(repo)) == (422, "Reference does not exist")
    assert refusal(ref.delete) == (422, "Reference does not exist")


def test_matching_refs_share_a_prefix(repo: Repository):
    for name in ("feature/a", "feature/b", "other"):
        repo.create_git_ref(f"refs/heads/{name}", tip(repo))
    found = [ref.ref for ref in repo.get_git_matching_refs("heads/fea")]
    assert found == ["refs/heads/feature/a", "refs/heads/feature/b"]


def test_the_older_addresses_of_refs_still_answer(repo: Repository):
    assert [one.ref for one in repo.get_git_refs()] == ["refs/heads/main"]
    assert call(repo, "GET", "git/refs/heads/main")["object"]["sha"] == tip(repo)


def test_blobs_take_text_and_base64(repo: Repository):
    text = repo.create_git_blob("häßlich 文\n", "utf-8")
    coded = repo.create_git_blob(base64.b64encode("häßlich 文\n".encode()).decode(), "base64")
    assert text.sha == coded.sha
    assert base64.b64decode(repo.get_git_blob(text.sha).content).decode() == "häßlich 文\n"


def test_broken_base64_is_refused(repo: Repository):
    assert refusal(repo.create_git_blob, "%%%", "base64")[0] == 422


def test_a_tree_on_a_base_adds_changes_and_removes(repo: Repository):
    repo.create_file("docs/old.md", "Old", "old\n")
    base = repo.get_git_tree(tip(repo))
    made = repo.create_git_tree(
        [
            InputGitTreeElement("docs/new.md", "100644", "blob", content="new\n"),
            InputGitTreeElement("bin/run", "100755", "blob", content="#!/bin/sh\n"),
            InputGitTreeElement("docs/old.md", "100644", "blob", sha=None),
        ],
        base,
    )
    listed = {one.path: one.mode for one in repo.get_git_tree(made.sha, recursive=True).tree}
    expected = {"README.md": "100644", "bin": "040000", "bin/run": "100755"}
    assert listed == {**expected, "docs": "040000", "docs/new.md": "100644"}


def test_removing_from_a_tree_what_is_not_there_is_refused(repo: Repository):
    gone = InputGitTreeElement("nowhere.md", "100644", "blob", sha=None)
    assert refusal(repo.create_git_tree, [gone], repo.get_git_tree(tip(repo)))[0] == 422


@pytest.mark.parametrize("path", ["", "a/../b", ".git/config", "/abs"])
def test_a_malformed_tree_path_is_refused(repo: Repository, path: str):
    element = InputGitTreeElement(path, "100644", "blob", content="x")
    assert refusal(repo.create_git_tree, [element])[0] == 422


def test_a_commit_keeps_author_time_and_message(repo: Repository):
    parent = repo.get_git_commit(tip(repo))
    author = InputGitAuthor("Zoë 文", "zoe@example.org", "2026-01-02T03:04:05+02:00")
    commit = repo.create_git_commit("Säg hej\n\nbody", parent.tree, [parent], author=author)
    again = repo.get_git_commit(commit.sha)
    assert (again.message, again.author.name) == ("Säg hej\n\nbody", "Zoë 文")
    assert again.raw_data["author"]["date"] == "2026-01-02T01:04:05Z"
    assert [one.sha for one in again.parents] == [parent.sha]


def test_an_annotated_tag_points_at_its_commit(repo: Repository):
    tag = repo.create_git_tag("v1", "First", tip(repo), "commit")
    repo.create_git_ref("refs/tags/v1", tag.sha)
    assert repo.get_git_tag(tag.sha).object.sha == tip(repo)
    assert [(one.name, one.commit.sha) for one in repo.get_tags()] == [("v1", tip(repo))]
