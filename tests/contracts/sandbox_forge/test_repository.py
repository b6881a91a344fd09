import pytest
from github import Github, GithubException
from github.Repository import Repository


def test_the_token_belongs_to_the_bot_of_the_organisation(github: Github):
    assert github.get_user().login == "acme-bot"


def test_a_named_user_can_be_read(github: Github):
    assert github.get_user("acme-bot").type == "User"


def test_an_unknown_user_is_not_found(github: Github):
    with pytest.raises(GithubException) as refused:
        github.get_user("nobody-here")
    assert (refused.value.status, refused.value.data["message"]) == (404, "Not Found")


def test_a_repository_shows_its_default_branch(repo: Repository):
    assert repo.default_branch == "main"


def test_a_repository_can_belong_to_an_organisation(github: Github):
    made = github.requester.requestJsonAndCheck("POST", "/orgs/acme/repos", input={"name": "of-the-team"})[1]
    assert (made["full_name"], made["owner"]["type"]) == ("acme/of-the-team", "Organization")


def test_what_was_created_says_where_it_is(github: Github, repo: Repository):
    path, named = f"/repos/{repo.full_name}/issues", {"title": "One"}
    headers, made = github.requester.requestJsonAndCheck("POST", path, input=named)
    assert headers["location"] == made["url"]


def test_settings_of_a_repository_can_be_changed(github: Github, repo: Repository):
    repo.edit(allow_squash_merge=False, delete_branch_on_merge=True, description="Ünï 文")
    again = github.get_repo(repo.full_name)
    assert (again.allow_squash_merge, again.delete_branch_on_merge, again.description) == (
        False,
        True,
        "Ünï 文",
    )


def test_a_second_repository_of_the_same_name_is_refused(github: Github, repo: Repository):
    with pytest.raises(GithubException) as refused:
        github.get_user().create_repo(repo.name)
    assert refused.value.status == 422


def test_an_unknown_repository_is_not_found(github: Github):
    with pytest.raises(GithubException) as refused:
        github.get_repo("acme/nowhere")
    assert refused.value.status == 404


def test_the_default_branch_can_be_changed_to_an_existing_one(github: Github, repo: Repository):
    repo.create_git_ref("refs/heads/next", repo.get_branch("main").commit.sha)
    repo.edit(default_branch="next")
    assert github.get_repo(repo.full_name).default_branch == "next"


def test_the_default_branch_cannot_be_one_that_is_missing(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.edit(default_branch="missing")
    assert refused.value.status == 422
