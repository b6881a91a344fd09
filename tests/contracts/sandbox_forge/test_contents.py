import pytest
from github import GithubException
from github.ContentFile import ContentFile
from github.Repository import Repository

from tests.contracts.sandbox_forge.steps import content, pull_of, refusal, tip


def listing(repo: Repository, path: str) -> list[ContentFile]:
    found = repo.get_contents(path)
    assert isinstance(found, list)
    return found


def test_a_file_is_created_read_changed_and_deleted(repo: Repository):
    made = repo.create_file("docs/ä b.md", "Add", "eins\n")["content"]
    assert content(repo, "docs/ä b.md").decoded_content == b"eins\n"
    changed = repo.update_file("docs/ä b.md", "Change", "zwei\n", made.sha)["content"]
    assert content(repo, "docs/ä b.md").decoded_content == b"zwei\n"
    repo.delete_file("docs/ä b.md", "Delete", changed.sha)
    assert refusal(repo.get_contents, "docs/ä b.md")[0] == 404


def test_a_stale_sha_is_refused_and_changes_nothing(repo: Repository):
    first = repo.create_file("a.md", "Add", "1\n")["content"].sha
    repo.update_file("a.md", "Change", "2\n", first)
    assert refusal(repo.update_file, "a.md", "Stale", "3\n", first) == (409, f"a.md does not match {first}")
    assert content(repo, "a.md").decoded_content == b"2\n"


def test_updating_without_a_sha_is_refused(repo: Repository):
    status, message = refusal(repo.create_file, "README.md", "Again", "x")
    assert (status, '"sha" wasn\'t supplied' in message) == (422, True)


def test_a_directory_is_listed(repo: Repository):
    repo.create_file("docs/a.md", "Add", "a\n")
    repo.create_file("docs/deep/b.md", "Add", "b\n")
    assert [(one.name, one.type) for one in listing(repo, "docs")] == [("a.md", "file"), ("deep", "dir")]


def test_the_root_is_listed(repo: Repository):
    assert [one.path for one in listing(repo, "")] == ["README.md"]


def test_the_readme_is_found(repo: Repository):
    assert repo.get_readme().decoded_content == b"# Demo\n"


def test_contents_of_another_ref(repo: Repository):
    first = tip(repo)
    repo.create_file("later.md", "Later", "x\n")
    assert content(repo, "later.md").path == "later.md"
    assert refusal(repo.get_contents, "later.md", ref=first)[0] == 404


def test_committing_to_a_missing_branch_is_refused(repo: Repository):
    assert refusal(repo.create_file, "a.md", "Add", "a", branch="gone")[0] == 404


def test_raw_media_type_gives_the_bytes(repo: Repository):
    headers = {"Accept": "application/vnd.github.raw+json"}
    path = f"/repos/{repo.full_name}/contents/README.md"
    _, _, raw = repo.requester.requestJson("GET", path, headers=headers)
    assert raw == "# Demo\n"


def test_a_blank_repository_says_so(github):
    blank = github.get_user().create_repo("blank")
    assert refusal(blank.get_contents, "README.md") == (404, "This repository is empty.")
    assert refusal(blank.get_commits().get_page, 0) == (409, "Git Repository is empty.")
    assert refusal(blank.create_git_ref, "refs/heads/x", "1" * 40) == (409, "Git Repository is empty.")


def test_commits_are_filtered_by_path(repo: Repository):
    repo.create_file("a.md", "Add a", "a\n")
    sha = repo.create_file("b.md", "Add b", "b\n")["content"].sha
    repo.update_file("b.md", "Change b", "bb\n", sha)
    assert [one.commit.message for one in repo.get_commits(path="b.md")] == ["Change b", "Add b"]
    assert [one.commit.message for one in repo.get_commits()][-1] == "Begin"


def test_a_commit_names_its_files(repo: Repository):
    sha = repo.create_file("a.md", "Add a", "one\ntwo\n")["commit"].sha
    commit = repo.get_commit(sha)
    assert [(one.filename, one.status, one.patch) for one in commit.files] == [
        ("a.md", "added", "@@ -0,0 +1,2 @@\n+one\n+two")
    ]
    assert (commit.stats.additions, commit.author.login) == (2, "acme-bot")


def test_a_commit_names_the_pull_requests_that_brought_it(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n", "b.md": "b\n"})
    first = next(iter(pull.get_commits()))
    assert [one.number for one in first.get_pulls()] == [pull.number]
    sha = pull.merge(merge_method="squash").sha
    assert [one.number for one in repo.get_commit(sha).get_pulls()] == [pull.number]


def test_an_unknown_commit_is_refused(repo: Repository):
    assert refusal(repo.get_commit, "1" * 40) == (422, f"No commit found for SHA: {'1' * 40}")


def test_comparing_tells_how_branches_stand(repo: Repository):
    base = tip(repo)
    repo.create_git_ref("refs/heads/topic", base)
    repo.create_file("t.md", "Topic", "t\n", branch="topic")
    assert repo.compare("main", "topic").status == "ahead"
    repo.create_file("m.md", "Main", "m\n")
    compared = repo.compare("main", "topic")
    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 1, 1)
    assert compared.merge_base_commit.sha == base
    assert [one.filename for one in compared.files] == ["t.md"]
    assert repo.compare("main", "main").status == "identical"


def test_comparing_with_a_missing_branch_is_not_found(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.compare("main", "nowhere")
    assert refused.value.status == 404
