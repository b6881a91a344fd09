"""What is counted when PyGithub's real client talks to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import PortError
from closedloop.ports.forge import MergeOrder
from closedloop.ports.traffic import Kind
from tests.unit.adapters.rigs import REPO, SHA, Rig, closed_port, hanging_up, rig_on

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

ORDER = MergeOrder(number=1, head_sha=SHA, method="squash", title="t", message="m")
REF = f"{REPO}/git/ref/heads/main"
MERGE = f"{REPO}/pulls/1/merge"


def test_an_unchanged_answer_is_a_read_and_said_to_be_free(httpserver: HTTPServer, rig: Rig):
    fresh = httpserver.expect_ordered_request(REF)
    fresh.respond_with_json({"object": {"sha": SHA}}, headers={"ETag": 'W/"1"'})
    httpserver.expect_ordered_request(REF).respond_with_data("", status=304)
    rig.content.branch_sha("main")
    rig.content.branch_sha("main")
    assert rig.tally.take() == {Kind.REST_READ: 2, Kind.UNCHANGED: 1}


def test_every_repeated_read_is_counted(httpserver: HTTPServer):
    httpserver.expect_request(REF).respond_with_data("bad gateway", status=502)
    with rig_on(httpserver.url_for("/api/v3"), read_retries=2) as rig:
        with pytest.raises(PortError):
            rig.content.branch_sha("main")
        assert rig.tally.take() == {Kind.REST_READ: len(httpserver.log)} == {Kind.REST_READ: 3}


def test_a_write_makes_content_unless_it_deletes(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(MERGE).respond_with_json({"sha": SHA, "merged": True})
    httpserver.expect_request(f"{REPO}/git/ref/heads/old").respond_with_json({"object": {"sha": SHA}})
    httpserver.expect_request(f"{REPO}/git/refs/heads/old", method="DELETE").respond_with_data("", status=204)
    rig.writer.merge_pull(ORDER)
    rig.git.delete_branch("old", SHA)
    assert rig.tally.take() == {Kind.REST_READ: 1, Kind.REST_WRITE: 2, Kind.CONTENT_WRITE: 1}


def test_a_graphql_query_is_counted_apart(httpserver: HTTPServer, rig: Rig):
    answer = {"data": {"repository": {"p1": None}}}
    httpserver.expect_request("/api/graphql", method="POST").respond_with_json(answer)
    rig.pulls.look_at([1])
    assert rig.tally.take() == {Kind.GRAPHQL: 1}


def test_a_write_that_is_never_answered_was_sent():
    with hanging_up() as url, rig_on(url) as rig:
        with pytest.raises(PortError):
            rig.writer.merge_pull(ORDER)
        assert rig.tally.take() == {Kind.REST_WRITE: 1, Kind.CONTENT_WRITE: 1}


def test_what_never_left_is_not_counted():
    with rig_on(closed_port(), read_retries=1) as rig:
        for call in (lambda: rig.content.branch_sha("main"), lambda: rig.writer.merge_pull(ORDER)):
            with pytest.raises(PortError):
                call()
        assert rig.tally.take() == {}


def test_requests_through_a_proxy_are_counted(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch):
    httpserver.expect_request(REF).respond_with_json({"object": {"sha": SHA}})
    monkeypatch.setenv("http_proxy", httpserver.url_for("/"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with rig_on("http://forge.test/api/v3") as rig:
        assert rig.content.branch_sha("main") == SHA
        assert rig.tally.take() == {Kind.REST_READ: 1}
