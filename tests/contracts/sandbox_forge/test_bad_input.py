"""Whatever is sent, the sandbox refuses in GitHub's form; it never breaks."""

import itertools
import json
from typing import Any

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.server import Server
from tests.contracts.sandbox_forge.steps import branch, refusal, tip
from tests.contracts.sandbox_forge.test_limits import raw

_WRITES = {
    "git/refs": ("ref", "sha"),
    "git/blobs": ("content", "encoding"),
    "git/trees": ("tree", "base_tree"),
    "git/commits": ("message", "tree", "parents", "author"),
    "git/tags": ("tag", "message", "object", "type", "tagger"),
    "pulls": ("title", "head", "base", "body"),
    "issues": ("title", "body", "labels", "assignees"),
    "labels": ("name", "color"),
    "releases": ("tag_name", "target_commitish"),
    "deployments": ("ref", "required_contexts"),
    "hooks": ("config", "events"),
    "rulesets": ("name", "enforcement", "rules", "conditions", "bypass_actors"),
    "check-runs": ("name", "head_sha", "output"),
}
_VALUES: tuple[Any, ...] = (
    7,
    True,
    "",
    "\0",
    "refs/heads/a..b",
    "😀 文",
    [1],
    [{}],
    {},
    {"x": 1},
    None,
    "x" * 5000,
)


@pytest.mark.parametrize("path", _WRITES)
def test_fields_of_any_type_are_taken_or_refused(server: Server, repo: Repository, path: str):
    for field, value in itertools.product(_WRITES[path], _VALUES):
        body = dict.fromkeys(_WRITES[path], "x") | {field: value}
        status, _, answer = raw(server, f"/repos/{repo.full_name}/{path}", "POST", json.dumps(body))
        assert status in {201, 400, 403, 404, 409, 422}, (field, value, status)
        assert json.loads(answer)


@pytest.mark.parametrize("text", [r'{"title": "\ud800"}', '{"title": "\ufffe', "[" * 100_000, "\x00", "7"])
def test_what_is_no_text_or_no_object_is_refused(server: Server, repo: Repository, text: str):
    status, _, answer = raw(server, f"/repos/{repo.full_name}/issues", "POST", text.encode())
    assert (status, json.loads(answer)["status"]) == (400, "400")


@pytest.mark.parametrize("name", ["a..b", "a%20b", "%00", "a~1", "-", ".lock", "x.lock", "%F0%9F%98%80"])
def test_odd_names_in_addresses_are_not_found(server: Server, repo: Repository, name: str):
    for path in ("git/ref/heads", "branches", "commits", "contents", "pulls", "compare", "git/trees"):
        assert raw(server, f"/repos/{repo.full_name}/{path}/{name}")[0] in {404, 422}, path


@pytest.mark.parametrize("title", ["`a` <b> @all [skip ci]", "א\u202eב", "line\nbreak", "文" * 200])
def test_any_text_survives_unchanged(repo: Repository, title: str):
    branch(repo, "topic", {"a.md": "a\n"})
    pull = repo.create_pull(base="main", head="topic", title=title, body=title)
    sha = pull.merge(commit_title=title, commit_message="", merge_method="squash").sha
    again = repo.get_pull(pull.number)
    assert (again.title, again.body, repo.get_commit(sha).commit.message) == (title, title, title)


def test_a_ref_below_another_is_refused(repo: Repository):
    repo.create_git_ref("refs/heads/a", tip(repo))
    for name in ("refs/heads/a/b", "refs/heads/main/x"):
        status, message = refusal(repo.create_git_ref, name, tip(repo))
        assert (status, "Cannot lock ref" in message) == (422, True)
