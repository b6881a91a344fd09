"""The judge itself must be able to say no."""

import json

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.judged import Judge
from tests.contracts.sandbox_forge.openapi import Description

_PATH = "/repos/acme/handbook/git/refs/heads/main"


@pytest.fixture(scope="module")
def description() -> Description:
    return Judge().description


def reference(**changes: object) -> bytes:
    target = {"type": "commit", "sha": "1" * 40, "url": "http://localhost/x"}
    whole = {"ref": "refs/heads/main", "node_id": "x", "url": "http://localhost/x", "object": target}
    return json.dumps(whole | changes).encode()


def test_a_documented_answer_passes(description):
    assert description.problems("PATCH", _PATH, 200, reference()) == []


@pytest.mark.parametrize("change", [{"ref": 7}, {"object": None}, {"url": "no address"}])
def test_a_wrong_field_is_noticed(description, change):
    assert description.problems("PATCH", _PATH, 200, reference(**change)) != []


def test_a_missing_field_is_noticed(description):
    assert description.problems("PATCH", _PATH, 200, b'{"ref": "refs/heads/main"}') != []


def test_an_undocumented_status_is_noticed(description):
    assert description.problems("PATCH", _PATH, 201, reference()) != []


def test_an_operation_github_does_not_have_is_noticed(description):
    assert description.problems("PUT", _PATH, 200, reference()) != []


def test_answers_to_pygithub_are_heard(repo: Repository, judge: Judge):
    heard = ("GET", f"/repos/{repo.full_name}/git/ref/heads/main")
    assert heard not in judge.operations
    repo.get_git_ref("heads/main")
    assert heard in judge.operations
