import pytest
from github import Github, GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.steps import (
    branch,
    call,
    content,
    judged,
    pull_of,
    put,
    refusal,
    remove,
    tip,
)


def test_a_pull_request_is_opened(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert (pull.number, pull.state, pull.commits, pull.changed_files) == (1, "open", 1, 1)
    assert (pull.head.ref, pull.head.sha, pull.base.ref) == ("topic", tip(repo, "topic"), "main")


def test_mergeable_is_unknown_first_and_known_soon(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert pull.raw_data["mergeable"] is None
    assert pull.mergeable_state == "unknown"
    later = judged(pull)
    assert (later.mergeable, later.mergeable_state) == (True, "clean")


def test_a_second_pull_request_for_the_same_branches_is_refused(repo: Repository):
    pull_of(repo, "topic", {"a.md": "a\n"})
    with pytest.raises(GithubException) as refused:
        repo.create_pull(base="main", head="topic", title="Again")
    [error] = refused.value.data["errors"]
    assert error["message"] == "A pull request already exists for acme-bot:topic."


def test_a_pull_request_without_commits_is_refused(repo: Repository):
    repo.create_git_ref("refs/heads/same", tip(repo))
    with pytest.raises(GithubException) as refused:
        repo.create_pull(base="main", head="same", title="Nothing")
    [error] = refused.value.data["errors"]
    assert error["message"] == "No commits between main and same"


@pytest.mark.parametrize(("head", "base", "field"), [("gone", "main", "head"), ("main", "gone", "base")])
def test_a_pull_request_of_a_missing_branch_is_refused(repo: Repository, head: str, base: str, field: str):
    with pytest.raises(GithubException) as refused:
        repo.create_pull(base=base, head=head, title="No")
    assert refused.value.data["errors"] == [{"resource": "PullRequest", "code": "invalid", "field": field}]


def test_pull_requests_are_filtered(repo: Repository):
    first = pull_of(repo, "one", {"1.md": "1\n"})
    pull_of(repo, "two", {"2.md": "2\n"})
    first.edit(state="closed")
    assert [one.number for one in repo.get_pulls()] == [2]
    assert [one.number for one in repo.get_pulls(state="all", sort="created", direction="asc")] == [1, 2]
    assert [one.number for one in repo.get_pulls(state="closed")] == [1]
    assert [one.number for one in repo.get_pulls(head="acme-bot:two")] == [2]
    assert [one.number for one in repo.get_pulls(base="other")] == []


def test_title_body_and_state_can_be_edited(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    pull.edit(title="New 文", body="Other", state="closed")
    again = repo.get_pull(pull.number)
    assert (again.title, again.body, again.state) == ("New 文", "Other", "closed")
    again.edit(state="open")
    assert repo.get_pull(pull.number).state == "open"


def test_a_push_to_the_head_is_followed(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    sha = put(repo, "topic", "b.md", "b\n")
    again = repo.get_pull(pull.number)
    assert (again.head.sha, again.commits) == (sha, 2)
    assert repo.get_git_ref(f"pull/{pull.number}/head").object.sha == sha


def test_deleting_the_head_branch_closes(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    repo.get_git_ref("heads/topic").delete()
    assert (repo.get_pull(pull.number).state, repo.get_pull(pull.number).merged) == ("closed", False)
    with pytest.raises(GithubException) as refused:
        repo.get_pull(pull.number).edit(state="open")
    assert refused.value.status == 422


def test_files_show_adds_changes_removals_and_renames(repo: Repository):
    put(repo, "main", "keep.md", "".join(f"line {n}\n" for n in range(20)))
    put(repo, "main", "gone.md", "bye\n")
    branch(repo, "topic", {"new.md": "new\n", "README.md": "# Changed\n"})
    put(repo, "topic", "moved.md", content(repo, "keep.md", "topic").decoded_content.decode())
    remove(repo, "topic", "keep.md")
    remove(repo, "topic", "gone.md")
    pull = repo.create_pull(base="main", head="topic", title="All kinds")
    assert {(one.filename, one.status, one.previous_filename) for one in pull.get_files()} == {
        ("README.md", "modified", None),
        ("gone.md", "removed", None),
        ("moved.md", "renamed", "keep.md"),
        ("new.md", "added", None),
    }


def test_commits_are_listed_oldest_first(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n", "b.md": "b\n"})
    assert [one.commit.message for one in pull.get_commits()] == ["Add a.md", "Add b.md"]


def test_a_pull_request_is_an_issue_too(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    issue = repo.get_issue(pull.number)
    assert (issue.title, issue.raw_data["pull_request"]["html_url"]) == (pull.title, pull.html_url)


def test_the_diff_media_type_gives_a_unified_diff(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    headers = {"Accept": "application/vnd.github.v3.diff"}
    path = f"/repos/{repo.full_name}/pulls/{pull.number}"
    _, _, diff = repo.requester.requestJson("GET", path, headers=headers)
    assert diff.startswith("diff --git a/a.md b/a.md")


def test_reviews_are_given_and_dismissed(repo: Repository, tokens: Tokens):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    theirs: Github = tokens.client("reviewer")
    review = theirs.get_repo(repo.full_name).get_pull(pull.number).create_review(body="Fine", event="APPROVE")
    assert (review.state, [one.user.login for one in pull.get_reviews()]) == ("APPROVED", ["reviewer"])
    review.dismiss("Looked again")
    assert [one.state for one in pull.get_reviews()] == ["DISMISSED"]


def test_a_review_can_be_written_first_and_submitted_later(repo: Repository, tokens: Tokens):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    theirs = tokens.client("reviewer").get_repo(repo.full_name)
    review = theirs.get_pull(pull.number).create_review(body="So far")
    assert (review.state, review.raw_data.get("submitted_at")) == ("PENDING", None)
    call(theirs, "POST", f"pulls/{pull.number}/reviews/{review.id}/events", {"event": "COMMENT"})
    assert pull.get_review(review.id).state == "COMMENTED"
    assert list(pull.get_review_comments()) == []


def test_nobody_approves_their_own_pull_request(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert refusal(pull.create_review, event="APPROVE")[0] == 422


def test_reviewers_are_asked_and_let_off(repo: Repository, tokens: Tokens):
    tokens.client("reviewer")
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    pull.create_review_request(reviewers=["reviewer"])
    assert [one.login for one in repo.get_pull(pull.number).requested_reviewers] == ["reviewer"]
    assert [one.login for one in pull.get_review_requests()[0]] == ["reviewer"]
    pull.delete_review_request(reviewers=["reviewer"])
    assert repo.get_pull(pull.number).requested_reviewers == []


def test_strangers_and_the_author_cannot_be_asked_for_a_review(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert refusal(pull.create_review_request, reviewers=["stranger"])[0] == 422
    assert refusal(pull.create_review_request, reviewers=["acme-bot"])[0] == 422
