"""Several tokens, redirects and the breaker, with PyGithub's real client."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from closedloop.adapters.breaker import Breaker
from closedloop.adapters.github_client import GithubClient
from closedloop.adapters.github_reader import GithubContentReader
from closedloop.ports.errors import CircuitOpen, Moved, RateLimited, Unauthorized, Unavailable, Unknown
from closedloop.ports.forge import MergeOrder
from tests.unit.adapters.rigs import REPO, SHA, closed_port, config, pool_of, rig_on

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from tests.unit.adapters.rigs import Rig

ORDER = MergeOrder(number=1, head_sha=SHA, method="squash", title="t", message="m")
REF = f"{REPO}/git/ref/heads/main"
MERGE = f"{REPO}/pulls/1/merge"
ELSEWHERE = "/api/v3/repositories/7/pulls/1/merge"


def senders(httpserver: HTTPServer) -> list[str]:
    return [request.headers["Authorization"].removeprefix("Bearer ") for request, _ in httpserver.log]


def refusing(status: int, *tokens: str, **headers: str):
    """A handler that refuses these tokens and merges for the others."""

    def handle(request: Request) -> Response:
        if request.headers["Authorization"].removeprefix("Bearer ") in tokens:
            return Response("{}", status, headers=headers, mimetype="application/json")
        return Response(f'{{"sha": "{SHA}", "merged": true}}', mimetype="application/json")

    return handle


def test_after_a_limit_the_next_write_is_sent_with_another_token(httpserver: HTTPServer):
    httpserver.expect_request(MERGE).respond_with_handler(refusing(429, "one"))
    with rig_on(httpserver.url_for("/api/v3"), "one", "two") as rig:
        with pytest.raises(RateLimited) as caught:
            rig.writer.merge_pull(ORDER)
        assert rig.writer.merge_pull(ORDER) == SHA
    assert caught.value.retry_at is not None
    assert caught.value.retry_at <= datetime.now(UTC)
    assert senders(httpserver) == ["one", "two"]


def test_after_a_refused_token_the_next_write_is_sent_with_another(httpserver: HTTPServer):
    httpserver.expect_request(MERGE).respond_with_handler(refusing(401, "one"))
    with rig_on(httpserver.url_for("/api/v3"), "one", "two") as rig:
        with pytest.raises(Unavailable, match="another token takes over"):
            rig.writer.merge_pull(ORDER)
        assert rig.writer.merge_pull(ORDER) == SHA


def test_a_write_whose_outcome_is_unknown_is_not_sent_with_another_token(httpserver: HTTPServer):
    httpserver.expect_request(MERGE).respond_with_data("bad gateway", status=502)
    with rig_on(httpserver.url_for("/api/v3"), "one", "two") as rig, pytest.raises(Unknown):
        rig.writer.merge_pull(ORDER)
    assert senders(httpserver) == ["one"]


def test_when_every_token_is_refused_the_error_says_so_and_the_next_call_asks_again(httpserver: HTTPServer):
    httpserver.expect_request(MERGE).respond_with_handler(refusing(401, "one", "two"))
    with rig_on(httpserver.url_for("/api/v3"), "one", "two") as rig:
        for kind in (Unavailable, Unauthorized, Unauthorized):
            with pytest.raises(kind):
                rig.writer.merge_pull(ORDER)
    assert senders(httpserver) == ["one", "two", "one"]


def test_an_exhausted_token_is_known_by_its_last_answer(httpserver: HTTPServer):
    reset = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000", "X-RateLimit-Reset": str(reset)}
    httpserver.expect_request(REF).respond_with_json({"object": {"sha": SHA}}, headers=left)
    with rig_on(httpserver.url_for("/api/v3")) as rig:
        rig.content.branch_sha("main")
        with pytest.raises(RateLimited) as caught:
            rig.content.branch_sha("main")
    assert (caught.value.retry_at, len(httpserver.log)) == (datetime.fromtimestamp(reset, UTC), 1)


def test_a_limit_told_by_graphql_rests_the_token_for_looks(httpserver: HTTPServer):
    said = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    httpserver.expect_request("/api/graphql").respond_with_json(said)
    with rig_on(httpserver.url_for("/api/v3")) as rig:
        for _ in range(2):
            with pytest.raises(RateLimited):
                rig.pulls.look_at([1])
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_is_never_sent_on_to_where_the_repository_moved(
    httpserver: HTTPServer, status: int, rig: Rig
):
    there = {"Location": httpserver.url_for(ELSEWHERE)}
    httpserver.expect_request(MERGE).respond_with_json({"message": "Moved"}, status=status, headers=there)
    with pytest.raises(Moved, match=rf"{status} to {ELSEWHERE}.*set GITHUB_REPO") as caught:
        rig.writer.merge_pull(ORDER)
    assert (caught.value.code, caught.value.is_transient, len(httpserver.log)) == (
        "repository_moved",
        False,
        1,
    )


@pytest.mark.parametrize("status", [301, 307])
def test_a_search_is_not_repeated_elsewhere_without_its_filter(httpserver: HTTPServer, status: int, rig: Rig):
    there = {"Location": httpserver.url_for("/api/v3/repositories/7/pulls?head=acme:b")}
    httpserver.expect_request(f"{REPO}/pulls").respond_with_json({}, status=status, headers=there)
    with pytest.raises(Moved):
        rig.pulls.find_pull("b")
    assert len(httpserver.log) == 1


def test_the_vendors_own_log_shows_no_token(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="github")
    httpserver.expect_request(REF).respond_with_json({"object": {"sha": SHA}})
    with rig_on(httpserver.url_for("/api/v3"), "ghp_verysecret") as rig:
        rig.content.branch_sha("main")
    assert ("token removed" in caplog.text, "verysecret" in caplog.text) == (True, False)


def test_a_forge_out_of_reach_is_left_alone_after_some_calls():
    breaker = Breaker("forge_reads", failures=2, pause=timedelta(minutes=1))
    client = GithubClient(config(closed_port()), pool_of("one"), is_writer=False, breaker=breaker)
    content = GithubContentReader(client)
    for kind in (Unavailable, Unavailable, CircuitOpen):
        with pytest.raises(Unavailable) as caught:
            content.branch_sha("main")
        assert type(caught.value) is kind
    client.close()


def test_a_token_that_is_refused_does_not_open_the_breaker(httpserver: HTTPServer):
    httpserver.expect_request(REF).respond_with_json({}, status=401)
    breaker = Breaker("forge_reads", failures=1, pause=timedelta(minutes=1))
    base = config(httpserver.url_for("/api/v3"))
    client = GithubClient(base, pool_of("one", "two"), is_writer=False, breaker=breaker)
    with pytest.raises(Unavailable):
        GithubContentReader(client).branch_sha("main")
    assert breaker.state().state == "closed"
    client.close()
