import subprocess

import pytest
from github import Github, GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.server import Server
from tests.contracts.sandbox_forge.steps import (
    branch,
    content,
    judged,
    pull_of,
    put,
    refusal,
    remove,
    tip,
)


def files_of(repo: Repository, ref: str = "main") -> dict[str, str]:
    tree = repo.get_git_tree(ref, recursive=True).tree
    paths = [one.path for one in tree if one.type == "blob"]
    return {path: content(repo, path, ref).decoded_content.decode() for path in paths}


def test_a_squash_makes_one_commit(repo: Repository):
    before = tip(repo)
    pull = pull_of(repo, "topic", {"a.md": "a\n", "b.md": "b\n"})
    merged = pull.merge(merge_method="squash", sha=pull.head.sha)
    commit = repo.get_commit(merged.sha)
    assert (tip(repo), [one.sha for one in commit.parents]) == (merged.sha, [before])
    assert commit.commit.message == "Pull topic (#1)\n\n* Add a.md\n\n* Add b.md"
    assert (commit.commit.author.name, commit.commit.committer.name) == ("acme-bot", "GitHub")


def test_a_merge_commit_has_both_parents(repo: Repository):
    before = tip(repo)
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    commit = repo.get_commit(pull.merge(merge_method="merge").sha)
    assert [one.sha for one in commit.parents] == [before, pull.head.sha]
    assert commit.commit.message == "Merge pull request #1 from acme-bot/topic\n\nPull topic"


def test_a_rebase_replays_each_commit(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n", "b.md": "b\n"})
    put(repo, "main", "c.md", "c\n")
    pull.merge(merge_method="rebase")
    messages = [one.commit.message for one in repo.get_commits()]
    assert messages == ["Add b.md", "Add a.md", "Add c.md", "Begin"]
    assert set(files_of(repo)) == {"README.md", "a.md", "b.md", "c.md"}


def test_title_and_message_of_the_merge_can_be_given(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    sha = pull.merge("Why 文", "What", merge_method="squash").sha
    assert repo.get_commit(sha).commit.message == "What\n\nWhy 文"


def test_a_merged_pull_request_says_so(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert pull.is_merged() is False
    sha = pull.merge(merge_method="squash").sha
    again = repo.get_pull(pull.number)
    assert (again.merged, again.state, again.merge_commit_sha) == (True, "closed", sha)
    assert (again.merged_by.login, again.changed_files, again.is_merged()) == ("acme-bot", 1, True)


def test_merging_twice_is_refused(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    pull.merge()
    assert refusal(pull.merge) == (405, "Pull Request is not mergeable")


def test_a_stale_head_is_refused(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    put(repo, "topic", "b.md", "b\n")
    message = "Head branch was modified. Review and try the merge again."
    assert refusal(pull.merge, sha=pull.head.sha) == (409, message)
    assert repo.get_pull(pull.number).merged is False


def test_of_two_conflicting_pull_requests_the_second_is_refused(repo: Repository):
    start = tip(repo)
    first = pull_of(repo, "one", {"README.md": "# One\n"}, start)
    second = pull_of(repo, "two", {"README.md": "# Two\n"}, start)
    first.merge(merge_method="squash")
    later = judged(second)
    assert (later.mergeable, later.mergeable_state) == (False, "dirty")
    assert refusal(second.merge) == (405, "Pull Request is not mergeable")
    assert files_of(repo)["README.md"] == "# One\n"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_clean_merge_of_different_files_loses_nothing(repo: Repository, method: str):
    start = tip(repo)
    first = pull_of(repo, "one", {"docs/one.md": "1\n"}, start)
    second = pull_of(repo, "two", {"docs/two.md": "2\n"}, start)
    put(repo, "main", "three.md", "3\n")
    first.merge(merge_method=method)
    second.merge(merge_method=method)
    expected = {"README.md": "# Demo\n", "docs/one.md": "1\n", "docs/two.md": "2\n", "three.md": "3\n"}
    assert files_of(repo) == expected


def test_different_lines_of_one_file_merge(repo: Repository):
    lines = [f"line {n}\n" for n in range(9)]
    put(repo, "main", "long.md", "".join(lines))
    start = tip(repo)
    first = pull_of(repo, "one", {"long.md": "".join(["first\n", *lines[1:]])}, start)
    second = pull_of(repo, "two", {"long.md": "".join([*lines[:8], "last\n"])}, start)
    first.merge(merge_method="squash")
    second.merge(merge_method="squash")
    assert files_of(repo)["long.md"] == "".join(["first\n", *lines[1:8], "last\n"])


def test_a_change_follows_a_rename_on_the_other_side(repo: Repository):
    lines = [f"line {n}\n" for n in range(9)]
    put(repo, "main", "old.md", "".join(lines))
    branch(repo, "mover", {"new.md": "".join(lines)})
    remove(repo, "mover", "old.md")
    changer = pull_of(repo, "changer", {"old.md": "".join([*lines, "more\n"])})
    repo.create_pull(base="main", head="mover", title="Move").merge()
    changer.merge()
    assert files_of(repo) == {"README.md": "# Demo\n", "new.md": "".join([*lines, "more\n"])}


def test_a_draft_is_not_merged(repo: Repository):
    branch(repo, "topic", {"a.md": "a\n"})
    pull = repo.create_pull(base="main", head="topic", title="Draft", draft=True)
    assert judged(pull).mergeable_state == "draft"
    assert refusal(pull.merge) == (405, "Pull Request is still a draft")


def test_a_method_the_repository_forbids_is_refused(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    repo.edit(allow_squash_merge=False)
    message = "Squash merges are not allowed on this repository."
    assert refusal(pull.merge, merge_method="squash") == (405, message)


def test_an_unknown_method_is_refused(repo: Repository):
    assert refusal(pull_of(repo, "topic", {"a.md": "a\n"}).merge, merge_method="octopus")[0] == 422


def test_the_head_branch_goes_when_the_repository_says_so(repo: Repository):
    repo.edit(delete_branch_on_merge=True)
    pull_of(repo, "topic", {"a.md": "a\n"}).merge()
    assert [one.name for one in repo.get_branches()] == ["main"]


def test_a_branch_is_brought_up_to_date(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    put(repo, "main", "b.md", "b\n")
    assert pull.update_branch(pull.head.sha) is True
    assert set(files_of(repo, "topic")) == {"README.md", "a.md", "b.md"}
    assert pull.update_branch() is False


def test_bringing_a_moved_branch_up_to_date_is_refused(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    put(repo, "main", "b.md", "b\n")
    assert pull.update_branch("1" * 40) is False
    assert set(files_of(repo, "topic")) == {"README.md", "a.md"}


def test_a_token_without_contents_write_may_not_merge(repo: Repository, tokens: Tokens):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    weak: Github = tokens.client("acme-bot", permissions={"contents": "read", "pull_requests": "write"})
    with pytest.raises(GithubException) as refused:
        weak.get_repo(repo.full_name).get_pull(pull.number).merge()
    assert refused.value.status == 403
    assert refused.value.data["message"] == "Resource not accessible by personal access token"


def test_the_repository_is_sound_after_merges_of_all_kinds(server: Server, repo: Repository, tmp_path):
    for method in ("merge", "squash", "rebase"):
        pull_of(repo, method, {f"{method}.md": "x\n"}).merge(merge_method=method)
    clone = tmp_path / "clone.git"
    subprocess.run(
        ["git", "clone", "-q", "--mirror", f"{server.url}/{repo.full_name}.git", clone], check=True
    )
    checked = subprocess.run(
        ["git", "-C", clone, "fsck", "--strict", "--no-dangling"], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
