from __future__ import annotations

import json

import pytest
from werkzeug import Response

from closedloop.adapters.http_probe import HttpProber
from closedloop.adapters.page_judge import Page, judge_page
from closedloop.ports.probe import ProbeOrder

NO_ERRORS = ProbeOrder(url="https://sentry.test/issues/", fields=(("", "[]"),))


@pytest.mark.parametrize(
    ("body", "complaint"),
    [("[]", None), ('[{"id": "1"}]', " is '[{\"id\": \"1\"}]' instead of '[]'"), ("{", "is not JSON")],
)
def test_an_empty_list_is_told_from_any_other_body(body, complaint):
    page = Page(status=200, content_type="application/json", text=body)
    assert judge_page(NO_ERRORS, page) == complaint


def test_a_token_goes_only_where_it_belongs(httpserver):
    httpserver.expect_request("/issues", headers={"Authorization": "Bearer t"}).respond_with_json([])
    httpserver.expect_request("/page").respond_with_handler(_echo)
    prober = HttpProber(bearers={httpserver.url_for("/issues"): "t"})
    with_token = ProbeOrder(url=httpserver.url_for("/issues"), fields=(("", "[]"),))
    without = ProbeOrder(url=httpserver.url_for("/page"), fields=(("authorization", "none"),))
    assert (prober.probe(with_token).is_ok, prober.probe(without).is_ok) == (True, True)
    prober.close()


def _echo(request):
    return Response(json.dumps({"authorization": request.headers.get("Authorization", "none")}))
