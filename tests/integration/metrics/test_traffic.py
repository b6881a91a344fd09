"""Requests to the forge: from a process's memory into rows, and from there to whoever asks."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from closedloop.adapters.local_tally import LocalTally
from closedloop.ports.traffic import Kind
from metrics_app.models import ForgeTraffic
from metrics_app.services.traffic import EVERY, TrafficWriter
from tests.integration.metrics.rows import NOON, seconds, settled_task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
URL = "/api/metrics/traffic"
HOUR = timedelta(hours=1)


@pytest.fixture
def tally():
    return LocalTally()


def rows():
    found = ForgeTraffic.objects.order_by("hour", "kind")
    return [(row.hour - NOON, row.kind, row.requests) for row in found]


def sent(kind, requests, hours_ago=1):
    ForgeTraffic.objects.create(hour=NOON - hours_ago * HOUR, kind=kind, requests=requests)


def test_processes_add_to_the_same_hour(tally):
    for count in (1, 2):
        tally.count(Kind.GRAPHQL, count)
        TrafficWriter(tally).look(NOON + seconds(59 * 60 + 59))
    assert rows() == [(timedelta(0), "graphql", 3)]


def test_an_hour_is_one_in_utc_and_has_its_own_rows(tally):
    writer = TrafficWriter(tally)
    for moment in (NOON - seconds(1), NOON):
        tally.count(Kind.REST_READ)
        writer.finish(moment)
    assert rows() == [(-HOUR, "rest_read", 1), (timedelta(0), "rest_read", 1)]


def test_between_two_writings_nothing_asks_the_database(tally):
    writer = TrafficWriter(tally)
    tally.count(Kind.GRAPHQL)
    writer.look(NOON)
    tally.count(Kind.GRAPHQL)
    with CaptureQueriesContext(connection) as asked:
        writer.look(NOON + EVERY - seconds(1))
    assert (len(asked), rows()) == (0, [(timedelta(0), "graphql", 1)])
    writer.look(NOON + EVERY)
    assert rows() == [(timedelta(0), "graphql", 2)]


def test_nothing_counted_costs_nothing(tally):
    with CaptureQueriesContext(connection) as asked:
        TrafficWriter(tally).look(NOON)
    assert len(asked) == 0


def test_what_the_database_does_not_take_is_kept(tally):
    def refuse(*_):
        raise DatabaseError

    tally.count(Kind.REST_WRITE, 2)
    with connection.execute_wrapper(refuse):
        TrafficWriter(tally).finish(NOON)
    assert (rows(), tally.take()) == ([], {Kind.REST_WRITE: 2})


def test_the_answer_says_what_a_task_costs(client):
    for number, kind in enumerate((Kind.CONTENT_WRITE, Kind.REST_WRITE, Kind.GRAPHQL, Kind.GIT_PUSH), 1):
        sent(kind, number)
    for tte_s in (10, 20, 30):
        settled_task(tte_s=tte_s)
    none = {"rest_read": 0, "git_fetch": 0, "unchanged": 0}
    assert client.get(URL).json() == {
        "from": "2026-03-01T11:00:00Z",
        "to": "2026-03-01T12:00:00Z",
        "tasks_merged": 3,
        "requests": {**none, "content_write": 1, "rest_write": 2, "graphql": 3, "git_push": 4},
        "per_task": {**none, "content_write": 0.33, "rest_write": 0.67, "graphql": 1.0, "git_push": 1.33},
        "total_per_task": 3.0,
    }


def test_without_a_merged_task_there_is_no_share(client):
    sent(Kind.REST_READ, 7)
    found = client.get(URL).json()
    assert (found["requests"]["rest_read"], found["per_task"]["rest_read"]) == (7, None)
    assert found["total_per_task"] is None


@pytest.mark.parametrize(("window", "reads"), [("1h", 1), ("24h", 11), ("7d", 111)])
def test_a_window_reaches_back_to_a_whole_hour(client, window, reads):
    for requests, hours_ago in ((1, 1), (10, 24), (100, 7 * 24), (1_000, 7 * 24 + 1)):
        sent(Kind.REST_READ, requests, hours_ago)
    assert client.get(URL, {"window": window}).json()["requests"]["rest_read"] == reads


def test_a_window_nobody_counts_is_refused(client):
    assert client.get(URL, {"window": "1y"}).status_code == 400


def test_the_page_shows_each_kind_beside_the_limit(client, settings):
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500
    sent(Kind.REST_READ, 6)
    sent(Kind.UNCHANGED, 4)
    settled_task(tte_s=5)
    shown = client.get("/metrics/").content.decode()
    section = re.sub(r"<[^>]+>|\s+", " ", shown[shown.index('id="traffic"') :].split("</section>")[0])
    words = " ".join(section.split())
    assert "REST reads 6 6.00 of them free (unchanged) 4 4.00" in words
    assert "all 6 6.00" in words
    assert "1 task merged · writes charged: 0 of 80 in 60 s, 0 of 500 in 60 min" in words
