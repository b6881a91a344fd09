"""git itself, against the sandbox."""

import subprocess
from pathlib import Path

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.server import TOKEN, Server
from tests.contracts.sandbox_forge.steps import content, pull_of, put, tip

_IDENTITY = ("-c", "user.name=Zoë", "-c", "user.email=zoe@example.org")


class Clone:
    """A work tree whose remote is the sandbox."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        subprocess.run(["git", "clone", "-q", url, path], check=True, capture_output=True)

    def git(self, *arguments: str) -> str:
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["git", *_IDENTITY, *arguments]
        return subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=False)

    def commit(self, path: str, text: str) -> str:
        (self.path / path).write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "-qm", f"Write {path}")
        return self.git("rev-parse", "HEAD").strip()


def address(server: Server, repo: Repository, token: str = TOKEN) -> str:
    return f"{server.url.replace('//', f'//x-access-token:{token}@')}/{repo.full_name}.git"


@pytest.fixture
def clone(server: Server, repo: Repository, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", address(server, repo))


def test_a_clone_has_the_files_and_history(clone: Clone):
    assert (clone.path / "README.md").read_text() == "# Demo\n"
    assert clone.git("log", "--format=%s %an") == "Begin acme-bot\n"


@pytest.mark.parametrize("version", ["0", "2"])
def test_anyone_clones_by_either_protocol(server: Server, repo: Repository, tmp_path: Path, version: str):
    command = ["git", "-c", f"protocol.version={version}", "clone", "-q", f"{server.url}/{repo.full_name}"]
    subprocess.run([*command, tmp_path / "clone"], check=True, capture_output=True)
    assert (tmp_path / "clone" / "README.md").exists()


def test_a_fetch_brings_what_rest_wrote(clone: Clone, repo: Repository):
    sha = put(repo, "main", "new.md", "new\n")
    clone.git("fetch", "-q")
    assert clone.git("rev-parse", "origin/main").strip() == sha


def test_a_push_is_seen_by_rest(clone: Clone, repo: Repository):
    clone.git("switch", "-qc", "feature/ü")
    sha = clone.commit("文.md", "Grüße\n")
    said = clone.attempt("push", "origin", "feature/ü")
    assert (said.returncode, "Create a pull request" in said.stderr) == (0, True)
    assert repo.get_git_ref("heads/feature/ü").object.sha == sha
    assert content(repo, "文.md", "feature/ü").decoded_content.decode() == "Grüße\n"


def test_a_push_of_many_files_arrives_whole(clone: Clone, repo: Repository):
    for number in range(150):
        (clone.path / f"{number}.md").write_text(f"{number}\n" * number)
    sha = clone.commit("last.md", "last\n")
    clone.git("push", "-q", "origin", "main")
    assert tip(repo) == sha
    assert len(repo.get_git_tree("main").tree) == 152


def test_a_push_moves_its_pull_request(clone: Clone, repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    clone.git("fetch", "-q")
    clone.git("switch", "-q", "topic")
    sha = clone.commit("b.md", "b\n")
    clone.git("push", "-q", "origin", "topic")
    assert repo.get_pull(pull.number).head.sha == sha
    clone.git("fetch", "-q", "origin", f"refs/pull/{pull.number}/head")
    assert clone.git("rev-parse", "FETCH_HEAD").strip() == sha


def test_pushing_the_head_into_the_base_merges_the_pull_request(clone: Clone, repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    clone.git("fetch", "-q")
    clone.git("push", "-q", "origin", "origin/topic:main")
    again = repo.get_pull(pull.number)
    assert (again.merged, again.state, again.changed_files) == (True, "closed", 1)


def test_a_stale_push_is_refused(clone: Clone, repo: Repository):
    sha = put(repo, "main", "new.md", "new\n")
    clone.commit("other.md", "other\n")
    assert "rejected" in clone.attempt("push", "origin", "main").stderr
    assert tip(repo) == sha


def test_a_forced_push_rewrites_and_a_deletion_deletes(clone: Clone, repo: Repository):
    clone.git("push", "-q", "origin", "main:topic")
    clone.git("commit", "-q", "--amend", "-m", "Other")
    clone.git("push", "-q", "--force", "origin", "HEAD:topic")
    assert repo.get_commit(tip(repo, "topic")).commit.message == "Other"
    clone.git("push", "-q", "origin", ":topic")
    assert [one.name for one in repo.get_branches()] == ["main"]


def test_a_push_to_a_protected_branch_is_refused(clone: Clone, repo: Repository):
    before = tip(repo)
    repo.get_branch("main").edit_protection(strict=False, contexts=["ci"], enforce_admins=True)
    clone.commit("a.md", "a\n")
    said = clone.attempt("push", "origin", "main").stderr
    assert "GH006: Protected branch update failed for refs/heads/main." in said
    assert 'Required status check "ci" is expected.' in said
    assert "(protected branch hook declined)" in said
    assert tip(repo) == before


def test_of_an_atomic_push_all_or_nothing_happens(clone: Clone, repo: Repository):
    repo.get_branch("main").edit_protection(strict=False, contexts=["ci"], enforce_admins=True)
    clone.commit("a.md", "a\n")
    assert clone.attempt("push", "--atomic", "origin", "HEAD:main", "HEAD:topic").returncode == 1
    assert [one.name for one in repo.get_branches()] == ["main"]


def test_a_push_without_a_good_token_is_refused(clone: Clone, server: Server, repo: Repository):
    clone.commit("a.md", "a\n")
    said = clone.attempt("push", address(server, repo, "wrong"), "main")
    assert "Authentication failed" in said.stderr


def test_a_push_without_the_permission_is_refused(
    clone: Clone, server: Server, repo: Repository, tokens: Tokens
):
    tokens.client("reader", permissions={"contents": "read"})
    clone.commit("a.md", "a\n")
    said = clone.attempt("push", address(server, repo, tokens.newest), "main")
    assert said.returncode != 0
    assert "403" in said.stderr


def test_a_branch_name_git_forbids_is_not_made(clone: Clone):
    assert clone.attempt("push", "origin", "main:refs/pull/7/head").returncode == 1


def test_a_shallow_clone_pushes_what_it_made(server: Server, repo: Repository, clone: Clone, tmp_path: Path):
    clone.commit("one.md", "one\n")
    clone.git("push", "-q", "origin", "HEAD:main")
    command = ["git", "clone", "-q", "--depth=1", address(server, repo), str(tmp_path / "shallow")]
    subprocess.run(command, check=True, capture_output=True)
    clone.path = tmp_path / "shallow"
    made = clone.commit("two.md", "two\n")
    clone.git("push", "-q", "origin", "HEAD:topic")
    assert (tip(repo, "topic"), len(clone.git("log", "--format=%H").split())) == (made, 2)
