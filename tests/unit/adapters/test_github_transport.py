"""What happens to the adapters when the wire or the server fails, with PyGithub's real client."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from closedloop.adapters.github_tokens import fixed_tokens
from closedloop.ports.errors import BadReply, PortError, Unavailable, Unknown
from closedloop.ports.forge import MergeOrder
from tests.unit.adapters.rigs import REPO, SHA, TOKEN, LateHandler, Rig, closed_port, hanging_up, rig_on, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

ORDER = MergeOrder(number=1, head_sha=SHA, method="squash", title="t", message="m")
REF = f"{REPO}/git/ref/heads/main"
MERGE = f"{REPO}/pulls/1/merge"


def test_a_port_nobody_listens_on_is_unavailable_for_a_write():
    with rig_on(closed_port()) as rig, pytest.raises(Unavailable):
        rig.writer.merge_pull(ORDER)


def test_a_port_nobody_listens_on_is_unavailable_for_a_read():
    with rig_on(closed_port()) as rig, pytest.raises(Unavailable):
        rig.content.branch_sha("main")


def test_a_connection_closed_without_answer_leaves_a_write_unknown():
    with hanging_up() as url, rig_on(url) as rig, pytest.raises(Unknown):
        rig.writer.merge_pull(ORDER)


def test_a_connection_closed_without_answer_leaves_a_read_unavailable():
    with hanging_up() as url, rig_on(url) as rig, pytest.raises(Unavailable):
        rig.content.branch_sha("main")


def test_a_write_that_times_out_after_sending_is_unknown(httpserver: HTTPServer, rig: Rig):
    late = LateHandler()
    httpserver.expect_request(MERGE).respond_with_handler(late)
    with pytest.raises(Unknown):
        rig.writer.merge_pull(ORDER)
    late.release.set()


@pytest.mark.parametrize(
    ("body", "kind"),
    [("<html>Unicorn!</html>", "text/html"), ('{"sha":', "application/json"), ("[]", "application/json")],
)
def test_a_success_that_cannot_be_read_leaves_a_write_unknown_and_a_read_bad(
    httpserver: HTTPServer, rig: Rig, body: str, kind: str
):
    httpserver.expect_request(MERGE).respond_with_data(body, content_type=kind)
    httpserver.expect_request(REF).respond_with_data(body, content_type=kind)
    with pytest.raises(Unknown):
        rig.writer.merge_pull(ORDER)
    with pytest.raises(BadReply):
        rig.content.branch_sha("main")


def test_a_write_is_sent_once_however_it_fails(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(MERGE).respond_with_data("bad gateway", status=502)
    with pytest.raises(Unknown):
        rig.writer.merge_pull(ORDER)
    assert sent(httpserver) == ["PUT /pulls/1/merge"]


def test_a_read_is_repeated_after_a_bad_gateway(httpserver: HTTPServer):
    httpserver.expect_ordered_request(REF).respond_with_data("bad gateway", status=502)
    httpserver.expect_ordered_request(REF).respond_with_json({"object": {"sha": SHA}})
    with rig_on(httpserver.url_for("/api/v3"), read_retries=2) as rig:
        assert rig.content.branch_sha("main") == SHA


def test_a_limited_read_is_not_slept_on(httpserver: HTTPServer):
    limited = {"message": "You have exceeded a secondary rate limit."}
    httpserver.expect_request(REF).respond_with_json(limited, status=403, headers={"Retry-After": "60"})
    with (
        rig_on(httpserver.url_for("/api/v3"), read_retries=2) as rig,
        pytest.raises(PortError, match="secondary"),
    ):
        rig.content.branch_sha("main")
    assert len(httpserver.log) == 1


def test_an_unchanged_branch_is_asked_with_its_entity_tag(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_ordered_request(REF).respond_with_json(
        {"object": {"sha": SHA}}, headers={"ETag": 'W/"1"'}
    )
    httpserver.expect_ordered_request(REF, headers={"If-None-Match": 'W/"1"'}).respond_with_data(
        "", status=304
    )
    assert [rig.content.branch_sha("main"), rig.content.branch_sha("main")] == [SHA, SHA]


def test_an_empty_answer_is_no_unchanged_one(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_ordered_request(REF).respond_with_json(
        {"object": {"sha": SHA}}, headers={"ETag": 'W/"1"'}
    )
    httpserver.expect_ordered_request(REF).respond_with_data("", content_type="application/json")
    assert rig.content.branch_sha("main") == SHA
    with pytest.raises(BadReply, match="empty"):
        rig.content.branch_sha("main")


def test_an_empty_answer_is_not_kept_for_its_entity_tag(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_ordered_request(REF).respond_with_data("", headers={"ETag": 'W/"1"'})
    httpserver.expect_ordered_request(REF).respond_with_json({"object": {"sha": SHA}})
    with pytest.raises(BadReply, match="empty"):
        rig.content.branch_sha("main")
    assert rig.content.branch_sha("main") == SHA
    assert "If-None-Match" not in httpserver.log[1][0].headers


def test_threads_never_get_each_others_answers(httpserver: HTTPServer, rig: Rig):
    def echo(request: Request) -> Response:
        return Response(
            f'{{"object": {{"sha": "{request.path.rpartition("/")[2]}"}}}}', mimetype="application/json"
        )

    httpserver.expect_request(re.compile(".*")).respond_with_handler(echo)
    names = [f"branch-{number}" for number in range(100)]
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(rig.content.branch_sha, names)) == names


def test_no_client_waits_between_its_requests(rig: Rig):
    for client in (rig.reads, rig.writes):
        settings = client.requester.kwargs
        assert (settings["seconds_between_requests"], settings["seconds_between_writes"]) == (0, 0)


def test_a_credential_does_not_show_its_token():
    assert TOKEN not in repr(fixed_tokens(TOKEN))
