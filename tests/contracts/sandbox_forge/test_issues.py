import pytest
from github import GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.steps import refusal


def test_an_issue_is_opened_changed_and_closed(repo: Repository):
    issue = repo.create_issue("Löss 文", body="Text", labels=["P0", "incident"], assignees=["acme-bot"])
    assert ([one.name for one in issue.labels], issue.state) == (["P0", "incident"], "open")
    issue.edit(title="New", state="closed", state_reason="not_planned")
    again = repo.get_issue(issue.number)
    assert (again.title, again.state, again.state_reason) == ("New", "closed", "not_planned")
    assert (again.raw_data["closed_by"]["login"], again.pull_request) == ("acme-bot", None)
    again.edit(state="open")
    assert repo.get_issue(issue.number).closed_at is None


def test_an_issue_needs_a_title(repo: Repository):
    assert refusal(repo.create_issue, "")[0] == 422


def test_a_missing_issue_is_not_found(repo: Repository):
    assert refusal(repo.get_issue, 99) == (404, "Not Found")


def test_issues_are_filtered_by_state_and_label(repo: Repository):
    repo.create_issue("One", labels=["a", "b"])
    repo.create_issue("Two", labels=["a"]).edit(state="closed")
    assert [one.title for one in repo.get_issues()] == ["One"]
    assert [one.title for one in repo.get_issues(state="all", labels=["a"])] == ["Two", "One"]
    assert [one.title for one in repo.get_issues(state="all", labels=["a", "b"])] == ["One"]


def test_labels_of_an_issue_are_added_replaced_and_removed(repo: Repository):
    issue = repo.create_issue("One")
    issue.add_to_labels("P0", "hot fix")
    assert {one.name for one in issue.get_labels()} == {"P0", "hot fix"}
    issue.remove_from_labels("P0")
    issue.set_labels("x", "y")
    assert {one.name for one in issue.get_labels()} == {"x", "y"}
    issue.delete_labels()
    assert list(issue.get_labels()) == []
    assert refusal(issue.remove_from_labels, "x") == (404, "Label does not exist")


def test_labels_of_a_repository(repo: Repository):
    label = repo.create_label("hotfix", "d93f0b", "Mend at once")
    assert refusal(repo.create_label, "HotFix", "ffffff")[0] == 422
    repo.create_issue("One", labels=["hotfix"])
    label.edit("urgent", "000000")
    assert [one.name for one in repo.get_issue(1).labels] == ["urgent"]
    repo.get_label("urgent").delete()
    assert list(repo.get_labels()) == []


def test_comments_are_made_changed_and_deleted(repo: Repository):
    issue = repo.create_issue("One")
    comment = issue.create_comment("Erst 文")
    comment.edit("Dann")
    assert [one.body for one in issue.get_comments()] == ["Dann"]
    assert repo.get_issue(issue.number).comments == 1
    assert [one.id for one in repo.get_issues_comments()] == [issue.get_comment(comment.id).id]
    comment.delete()
    assert list(issue.get_comments()) == []


def test_a_blank_comment_is_refused(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.create_issue("One").create_comment("  ")
    assert refused.value.status == 422


def test_pull_requests_and_issues_share_numbers(repo: Repository):
    repo.create_issue("One")
    repo.create_git_ref("refs/heads/topic", repo.get_branch("main").commit.sha)
    repo.create_file("a.md", "Add", "a\n", branch="topic")
    pull = repo.create_pull(base="main", head="topic", title="Two")
    pull.add_to_labels("P0")
    assert (pull.number, [one.name for one in repo.get_pull(2).labels]) == (2, ["P0"])
    assert {one.number for one in repo.get_issues(labels=["P0"])} == {2}
