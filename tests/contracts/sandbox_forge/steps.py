"""What many drives have in common."""

from collections.abc import Callable
from typing import Any

import pytest
from github import GithubException
from github.ContentFile import ContentFile
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.contracts.sandbox_forge.server import eventually


def refusal(act: Callable[..., object], *arguments: object, **named: object) -> tuple[int, str]:
    """Status and message of the refusal that must come."""
    with pytest.raises(GithubException) as refused:
        act(*arguments, **named)
    return refused.value.status, str(refused.value.data["message"])


def tip(repo: Repository, branch: str = "main") -> str:
    return repo.get_git_ref(f"heads/{branch}").object.sha


def content(repo: Repository, path: str, ref: str = "main") -> ContentFile:
    found = repo.get_contents(path, ref=ref)
    assert isinstance(found, ContentFile)
    return found


def branch(repo: Repository, name: str, files: dict[str, str], start: str | None = None) -> str:
    repo.create_git_ref(f"refs/heads/{name}", start or tip(repo))
    for path, text in files.items():
        put(repo, name, path, text)
    return tip(repo, name)


def put(repo: Repository, name: str, path: str, text: str) -> str:
    """Write a file, new or not, in one commit; its sha."""
    try:
        known = content(repo, path, name)
    except GithubException:
        return repo.create_file(path, f"Add {path}", text, branch=name)["commit"].sha
    return repo.update_file(path, f"Change {path}", text, known.sha, branch=name)["commit"].sha


def remove(repo: Repository, name: str, path: str) -> None:
    repo.delete_file(path, f"Remove {path}", content(repo, path, name).sha, branch=name)


def pull_of(repo: Repository, name: str, files: dict[str, str], start: str | None = None) -> PullRequest:
    branch(repo, name, files, start)
    return repo.create_pull(base="main", head=name, title=f"Pull {name}", body="Because.")


def judged(pull: PullRequest) -> PullRequest:
    """The pull request once GitHub has made up its mind about merging it."""
    repo = pull.base.repo

    def known() -> PullRequest | None:
        now = repo.get_pull(pull.number)
        return now if now.mergeable is not None else None

    return eventually(known)


def call(repo: Repository, method: str, path: str, body: Any = None) -> Any:
    """Ask an operation that PyGithub does not know."""
    return repo.requester.requestJsonAndCheck(method, f"/repos/{repo.full_name}/{path}", input=body)[1]
