"""Deliveries whose body does not come as announced, or that cannot be stored."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from django.http import HttpRequest

from closedloop.body_limit import limit_of
from tasks_app.models import InboxDelivery
from tasks_app.webhooks import github
from tests.integration.api.asking import assert_problem
from tests.integration.api.test_webhook import deliver, tell

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.usefixtures("world")

LIMIT = limit_of("/webhooks/github")


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.GITHUB_WEBHOOK_SECRET = "new secret"


class BrokenStream(io.BytesIO):
    """What a server gives for a chunk that ends too soon."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError("a chunk without an end")


def read_from(stream: io.BytesIO) -> HttpResponse:
    """Let the view read a chunked body, as servers hand it over."""
    request = HttpRequest()
    request.method, request.path = "POST", "/webhooks/github"
    request.META = {"wsgi.input": stream, "wsgi.input_terminated": True}
    return github(request)


def code_of(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


@pytest.mark.parametrize(("size", "code"), [(LIMIT, (400, "malformed")), (LIMIT + 1, (413, "too_large"))])
def test_the_limit_is_exact(client, size, code):
    answer = deliver(client, "ping", b"x" * size)
    assert_problem(answer, *code)


def test_a_body_that_breaks_off_is_the_senders_fault():
    assert code_of(read_from(BrokenStream())) == (400, "incomplete")


def test_of_a_body_without_a_length_no_more_is_read_than_may_be():
    stream = io.BytesIO(b"x" * (LIMIT + 9))
    assert (code_of(read_from(stream)), stream.tell()) == ((413, "too_large"), LIMIT + 1)


def test_without_a_database_the_sender_is_told_to_come_again(client, database_away):
    answer = tell(client, "ping", {})
    assert_problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.django_db
def test_nothing_of_it_is_stored(client):
    deliver(client, "ping", b"x" * (LIMIT + 1))
    assert InboxDelivery.objects.count() == 0
