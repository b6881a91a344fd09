"""Reads whose answers GitHub cuts, spreads over pages or withholds."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.ports.errors import BadReply
from closedloop.ports.forge import ChangedFile, FileAt, IssueDraft, RequiredCheck, Requirements
from closedloop.ports.merging import MergeMethod
from tests.unit.adapters.rigs import REPO, SHA, Rig, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

FILES = f"{REPO}/pulls/1/files"
BRANCH = f"{REPO}/branches/main"
RULES = f"{REPO}/rules/branches/main"
PROTECTED = {
    "protected": True,
    "protection": {
        "required_status_checks": {
            "enforcement_level": "everyone",
            "contexts": ["lint"],
            "checks": [{"context": "lint", "app_id": None}, {"context": "smoke", "app_id": 15368}],
        }
    },
}


def blob(httpserver: HTTPServer, sha: str, content: bytes) -> None:
    body = {"encoding": "base64", "content": base64.encodebytes(content).decode()}
    httpserver.expect_request(f"{REPO}/git/blobs/{sha}").respond_with_json(body)


def tree(
    httpserver: HTTPServer, sha: str, *entries: tuple[str, str, str], query: str = "", cut: bool = False
) -> None:
    listed = [{"path": path, "type": kind, "sha": entry, "mode": "100644"} for path, kind, entry in entries]
    expected = httpserver.expect_request(f"{REPO}/git/trees/{sha}", query_string=query)
    expected.respond_with_json({"sha": sha, "tree": listed, "truncated": cut})


def test_changed_files_are_read_over_all_pages(httpserver: HTTPServer, rig: Rig):
    link = (
        f'<{httpserver.url_for(FILES)}?page=2>; rel="next", <{httpserver.url_for(FILES)}?page=2>; rel="last"'
    )
    renamed = {"filename": "b.md", "status": "renamed", "previous_filename": "a.md"}
    httpserver.expect_ordered_request(FILES).respond_with_json([renamed], headers={"Link": link})
    second = httpserver.expect_ordered_request(FILES, query_string={"page": "2"})
    second.respond_with_json([{"filename": "c.md", "status": "added"}])
    assert rig.pulls.changed_files(1) == [
        ChangedFile(path="b.md", status="renamed", previous_path="a.md"),
        ChangedFile(path="c.md", status="added"),
    ]


def test_a_next_page_on_another_host_is_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    link = f'<http://elsewhere.test{FILES}?page=2>; rel="next"'
    httpserver.expect_request(FILES).respond_with_json([], headers={"Link": link})
    with pytest.raises(BadReply):
        rig.pulls.changed_files(1)


def test_a_list_without_end_is_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    link = f'<{httpserver.url_for(FILES)}?page=2>; rel="next"'
    file = {"filename": "a.md", "status": "added"}
    httpserver.expect_request(FILES).respond_with_json([file], headers={"Link": link})
    with pytest.raises(BadReply, match="more than 50 pages"):
        rig.pulls.changed_files(1)
    assert len(sent(httpserver)) == 50


def test_a_list_at_githubs_limit_may_be_cut(httpserver: HTTPServer, rig: Rig):
    files = [{"filename": f"{number}.md", "status": "added"} for number in range(3000)]
    httpserver.expect_request(FILES).respond_with_json(files)
    with pytest.raises(BadReply, match="cut"):
        rig.pulls.changed_files(1)


@pytest.mark.parametrize("body", [[{"status": "added"}], {"message": "no list"}, ["text"]])
def test_a_list_of_files_that_is_none_is_a_bad_reply(httpserver: HTTPServer, rig: Rig, body: Any):
    httpserver.expect_request(FILES).respond_with_json(body)
    with pytest.raises(BadReply):
        rig.pulls.changed_files(1)


def test_checks_of_protection_and_rulesets_are_joined(httpserver: HTTPServer, rig: Rig):
    rule = {"required_status_checks": [{"context": "page", "integration_id": 7}, {"context": "lint"}]}
    rules = [{"type": "deletion"}, {"type": "required_status_checks", "parameters": rule}]
    httpserver.expect_request(BRANCH).respond_with_json(PROTECTED)
    httpserver.expect_request(RULES).respond_with_json(rules)
    names = [("lint", None), ("smoke", 15368), ("page", 7)]
    checks = tuple(RequiredCheck(name=name, app_id=app_id) for name, app_id in names)
    expected = Requirements(checks=checks, is_readable=True, is_enforced=True)
    assert rig.pulls.required_checks("main") == expected


def test_rulesets_say_which_methods_are_left(httpserver: HTTPServer, rig: Rig):
    rules = [
        {"type": "pull_request", "parameters": {"allowed_merge_methods": ["squash", "rebase"]}},
        {"type": "pull_request", "parameters": {"allowed_merge_methods": ["merge", "rebase"]}},
        {"type": "pull_request", "parameters": {}},
        {"type": "required_linear_history"},
    ]
    httpserver.expect_request(BRANCH).respond_with_json({"protected": False})
    httpserver.expect_request(RULES).respond_with_json(rules)
    found = rig.pulls.required_checks("main")
    assert (set(found.methods), found.is_linear) == ({MergeMethod.REBASE}, True)


def test_commits_are_listed_from_the_one_named_to_older_ones(httpserver: HTTPServer, rig: Rig):
    listed = [{"sha": sha, "commit": {"message": f"m {sha}"}} for sha in "cba"]
    httpserver.expect_request(f"{REPO}/commits").respond_with_json(listed)
    found = rig.content.commits_to("c", 2)
    assert [(commit.sha, commit.message) for commit in found] == [("c", "m c"), ("b", "m b")]
    assert httpserver.log[0][0].args.to_dict() == {"sha": "c", "per_page": "100"}


@pytest.mark.parametrize(
    ("branch", "status", "is_readable"),
    [
        ({"protected": False}, 200, True),
        ({"protected": True}, 200, False),
        (
            {"protected": True, "protection": {"required_status_checks": {"enforcement_level": "off"}}},
            200,
            True,
        ),
        ({"protected": False}, 403, False),
        ({"protected": False}, 404, False),
    ],
)
def test_what_the_token_may_not_read_is_said(
    httpserver: HTTPServer,
    rig: Rig,
    branch: dict[str, Any],
    status: int,
    is_readable: bool,  # noqa: FBT001
):
    httpserver.expect_request(BRANCH).respond_with_json(branch)
    httpserver.expect_request(RULES).respond_with_json(
        [] if status == 200 else {"message": "no"}, status=status
    )
    assert rig.pulls.required_checks("main") == Requirements(
        checks=(), is_readable=is_readable, is_enforced=False
    )


def test_a_file_that_is_no_text_is_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    tree(httpserver, SHA, ("docs/FAQ.md", "blob", "1"), query="recursive=1")
    blob(httpserver, "1", b"\xff\xfe")
    with pytest.raises(BadReply, match="not UTF-8"):
        rig.content.file_at("docs/FAQ.md", SHA)


def test_a_link_is_not_read_as_the_page(httpserver: HTTPServer, rig: Rig):
    link = {"path": "docs/FAQ.md", "type": "blob", "sha": "b", "mode": "120000"}
    listed = {"sha": SHA, "tree": [link], "truncated": False}
    httpserver.expect_request(f"{REPO}/git/trees/{SHA}").respond_with_json(listed)
    with pytest.raises(BadReply, match="is no plain file"):
        rig.content.file_at("docs/FAQ.md", SHA)


def test_a_file_is_found_in_a_repository_too_large_to_list(httpserver: HTTPServer, rig: Rig):
    tree(httpserver, SHA, query="recursive=1", cut=True)
    tree(httpserver, SHA, ("docs", "tree", "d1"), ("FAQ.md", "blob", "2"))
    tree(httpserver, "d1", ("FAQ.md", "blob", "1"))
    blob(httpserver, "1", "Größe\r\n".encode())
    found = rig.content.file_at("docs/FAQ.md", SHA)
    assert found == FileAt(text="Größe\r\n", mode="100644", commit_sha=SHA)


def test_documents_of_a_repository_too_large_to_list_are_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    tree(httpserver, SHA, query="recursive=1", cut=True)
    with pytest.raises(BadReply):
        rig.content.documents_at(SHA, "docs")


def test_documents_are_fetched_once_and_binaries_left_out(httpserver: HTTPServer, rig: Rig):
    tree(
        httpserver,
        SHA,
        ("a.md", "blob", "1"),
        ("b.md", "blob", "2"),
        ("c.md", "blob", "3"),
        query="recursive=1",
    )
    nodes = {"b0": {"text": "A", "isTruncated": False}, "b1": {"text": None, "isTruncated": False}}
    nodes["b2"] = {"text": "beg", "isTruncated": True}
    httpserver.expect_request("/api/graphql").respond_with_json({"data": {"repository": nodes}})
    blob(httpserver, "3", b"beginning and end")
    found = [(document.path, document.text) for document in rig.content.documents_at(SHA, "")]
    assert found == [("a.md", "A"), ("c.md", "beginning and end")]


def test_known_documents_cost_no_request(httpserver: HTTPServer, rig: Rig):
    tree(httpserver, SHA, ("a.md", "blob", "1"), query="recursive=1")
    blobs = {"b0": {"text": "A", "isTruncated": False}}
    httpserver.expect_request("/api/graphql").respond_with_json({"data": {"repository": blobs}})
    for _ in range(3):
        rig.content.documents_at(SHA, "")
    assert sent(httpserver) == [f"GET /git/trees/{SHA}", "POST /api/graphql"]


def test_a_pull_request_that_quotes_the_marker_is_no_issue(httpserver: HTTPServer, rig: Rig):
    items = [
        {"number": 1, "html_url": "u1", "body": "mark-1", "pull_request": {}},
        {"number": 2, "html_url": "u2", "body": None},
        {"number": 3, "html_url": "u3", "body": "see mark-1"},
    ]
    httpserver.expect_request(f"{REPO}/issues").respond_with_json(items)
    found = rig.pulls.find_issue(IssueDraft(title="t", body="b", labels=("P0",), marker="mark-1"))
    assert found is not None
    assert found.number == 3
