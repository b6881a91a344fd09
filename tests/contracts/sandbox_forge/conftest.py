"""One sandbox process for the session, a fresh repository for each test."""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from github import Github
from github.Repository import Repository

from tests.contracts.sandbox_forge.judged import Judge, judged_client
from tests.contracts.sandbox_forge.server import TOKEN, Server, running

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("sandbox"), "--no-limits") as started:
        yield started


@pytest.fixture(scope="session")
def shared_judge() -> Judge:
    return Judge()


@pytest.fixture
def judge(shared_judge: Judge) -> Iterator[Judge]:
    """Fails the test in which the sandbox answered as GitHub would not."""
    shared_judge.problems.clear()
    yield shared_judge
    assert shared_judge.problems == []


@pytest.fixture
def github(server: Server, judge: Judge) -> Github:
    return judged_client(server.url, TOKEN, judge)


@pytest.fixture
def repo(github: Github) -> Repository:
    made = github.get_user().create_repo(f"demo-{next(_numbers)}")
    made.create_file("README.md", "Begin", "# Demo\n")
    return made


class Tokens:
    """Makes tokens that may do less, or that belong to an app."""

    def __init__(self, server: Server, judge: Judge) -> None:
        self._server, self._judge = server, judge
        self.newest = ""

    def client(self, login: str, **options: Any) -> Github:
        token = self.newest = f"token-{next(_numbers)}"
        body = json.dumps({"token": token, "login": login, **options}).encode()
        request = urllib.request.Request(f"{self._server.url}/_sandbox/tokens", body, method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 204
        return judged_client(self._server.url, token, self._judge)


@pytest.fixture
def tokens(server: Server, judge: Judge) -> Tokens:
    return Tokens(server, judge)
