"""The spool on a real Redis: in order, once, nothing lost, and nothing taken that could be."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from closedloop.adapters.redis_spool import ASIDE, ORDER, RedisSpool
from closedloop.ports.errors import Unavailable
from closedloop.ports.spool import Finding, SpoolAnswer, Spooled, SpoolItem
from tests.integration.stores.servers import DURABLE, redis_server

#: Drawn once and for all: processes that test side by side must call the same tests the same.
SOME_ID = uuid.UUID(int=7)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def spooled(question="Wie läuft ein Export? 📦", **changes):
    plain = Spooled(
        task_id=uuid.uuid4(), question=question, fingerprint=f"f-{question}", client="198.51.100.7", at=AT
    )
    return replace(plain, **changes)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def spool(server):
    server.client.flushall()
    return RedisSpool(server.client, is_promised=False)


def kept(spool, one, at_most=100):
    return spool.keep(one, at_most=at_most)


def test_what_was_kept_is_read_back_whole_and_in_order(spool):
    sent = [spooled(f"Frage {number} ❓", key=f"k{number}", body_hash="b" * 64) for number in range(5)]
    assert [kept(spool, one).finding for one in sent] == [Finding.NEW] * 5
    assert [item.spooled for item in spool.oldest(10)] == sent
    assert [item.spooled for item in spool.oldest(2)] == sent[:2]
    assert spool.read(sent[3].task_id) == sent[3]


def test_the_same_question_waits_once(spool):
    first, again = spooled(), spooled()
    kept(spool, first)
    assert kept(spool, again) == SpoolAnswer(finding=Finding.KNOWN, task_id=first.task_id)
    assert len(spool.oldest(10)) == 1


def test_two_hundred_at_once_get_one_id(spool):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: kept(spool, spooled()), range(200)))
    assert len({answer.task_id for answer in answers}) == 1
    assert sum(answer.finding is Finding.NEW for answer in answers) == 1
    assert len(spool.oldest(300)) == 1


def test_the_same_key_with_the_same_body_is_the_same_id(spool):
    first = spooled(key="mine", body_hash="a" * 64)
    kept(spool, first)
    again = spooled(key="mine", body_hash="a" * 64)
    assert kept(spool, again) == SpoolAnswer(finding=Finding.KNOWN, task_id=first.task_id)


def test_the_same_key_with_another_body_is_a_mistake(spool):
    kept(spool, spooled(key="mine", body_hash="a" * 64))
    other = spooled("Something else?", key="mine", body_hash="c" * 64)
    assert kept(spool, other) == SpoolAnswer(finding=Finding.REUSED)
    assert spool.find(other) == SpoolAnswer(finding=Finding.REUSED)
    assert len(spool.oldest(10)) == 1


def test_a_new_key_for_a_question_that_waits_is_bound_to_its_id(spool):
    first = spooled()
    kept(spool, first)
    second = spooled(key="late", body_hash="a" * 64)
    assert kept(spool, second).task_id == first.task_id
    assert [(item.spooled.task_id, item.spooled.key) for item in spool.oldest(10)] == [
        (first.task_id, ""),
        (first.task_id, "late"),
    ]


def test_what_was_removed_leaves_no_trace(spool, server):
    one = spooled(key="mine", body_hash="a" * 64)
    kept(spool, one)
    (item,) = spool.oldest(10)
    spool.remove(item)
    spool.remove(item)
    assert server.client.keys("agent:spool:*") == []
    assert spool.find(one) == SpoolAnswer(finding=Finding.EMPTY)


def test_looking_stores_nothing(spool):
    kept(spool, spooled("Another?"))
    assert spool.find(spooled()) == SpoolAnswer(finding=Finding.ABSENT)
    assert len(spool.oldest(10)) == 1


def test_a_full_spool_takes_what_it_knows_and_nothing_new(spool):
    first = spooled()
    kept(spool, first, at_most=1)
    assert kept(spool, spooled(), at_most=1).finding is Finding.KNOWN
    assert kept(spool, spooled("Another?"), at_most=1) == SpoolAnswer(finding=Finding.FULL)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b"no id at all",
        f"{SOME_ID} not json".encode(),
        f"{SOME_ID} [1]".encode(),
        f"{SOME_ID} {{}}".encode(),
        f"{SOME_ID} {json.dumps({'question': 'x', 'at': 'yesterday'})}".encode(),
        f'{SOME_ID} {{"question": "a\\u0000", "fingerprint": "f", "client": "c", "key": "", '
        f'"body_hash": "", "at": "2026-03-01T12:00:00+00:00"}}'.encode(),
        f'{SOME_ID} {{"question": "\\ud800", "fingerprint": "f", "client": "c", "key": "", '
        f'"body_hash": "", "at": "2026-03-01T12:00:00+00:00"}}'.encode(),
    ],
)
def test_an_entry_that_makes_no_sense_is_set_aside_as_it_is(spool, server, raw):
    server.client.rpush(ORDER, raw)
    good = spooled()
    kept(spool, good)
    broken, whole = spool.oldest(10)
    assert broken == SpoolItem(raw=raw, spooled=None)
    spool.set_aside(broken)
    assert spool.oldest(10) == [whole]
    assert server.client.lrange(ASIDE, 0, -1) == [raw]


def test_nothing_fades(spool, server):
    kept(spool, spooled(key="mine", body_hash="a" * 64))
    assert [server.client.ttl(key) for key in server.client.keys("*")] == [-1] * 4


def test_kill_9_takes_nothing_that_was_answered(tmp_path):
    with redis_server(tmp_path) as server:
        spool = RedisSpool(server.client, is_promised=False)
        sent = [spooled(f"Question {number}?") for number in range(50)]
        for one in sent:
            kept(spool, one)
        server.kill()
        server.start()
        assert [item.spooled for item in spool.oldest(100)] == sent
        assert kept(spool, spooled("Question 7?")).task_id == sent[7].task_id


@pytest.mark.parametrize(
    ("option", "value"),
    [("appendfsync", "everysec"), ("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")],
)
def test_a_server_that_could_lose_something_takes_nothing(tmp_path, option, value):
    with redis_server(tmp_path, [*DURABLE, f"--{option}", value]) as server:
        spool = RedisSpool(server.client, is_promised=True)
        with pytest.raises(Unavailable, match=f"{option} is {value}"):
            kept(spool, spooled())
        server.client.config_set(
            option, {"appendfsync": "always", "appendonly": "yes"}.get(option, "noeviction")
        )
        assert kept(spool, spooled()).finding is Finding.NEW


@pytest.mark.parametrize("is_promised", [True, False])
def test_a_server_that_hides_its_configuration_is_believed_only_on_a_persons_word(tmp_path, is_promised):
    with redis_server(tmp_path, [*DURABLE, "--rename-command", "CONFIG", '""']) as server:
        spool = RedisSpool(server.client, is_promised=is_promised)
        assert bool(spool.trouble()) is not is_promised


def fill(spool):
    for number in range(10_000):
        kept(spool, spooled(f"{number} " + "x" * 1000), at_most=10_000)


def test_without_memory_nothing_is_half_written(tmp_path):
    with redis_server(tmp_path) as server:
        server.client.config_set("maxmemory", "1mb")
        spool = RedisSpool(server.client, is_promised=False)
        with pytest.raises(Unavailable, match="OutOfMemory"):
            fill(spool)
        waiting = spool.oldest(10_000)
        found = [item.spooled for item in waiting if item.spooled]
        assert all(spool.read(one.task_id) == one for one in found)
        assert len(found) == len(waiting)
        assert server.client.hlen("agent:spool:tasks") == len(waiting)


def test_a_server_that_is_frozen_or_gone_is_unavailable(tmp_path):
    with redis_server(tmp_path) as server:
        client = Redis(port=server.port, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))
        spool = RedisSpool(client, is_promised=False)
        server.freeze()
        with pytest.raises(Unavailable, match="Timeout"):
            spool.read(uuid.uuid4())
        server.thaw()
        server.kill()
        for ask in (spool.trouble, lambda: spool.oldest(1), lambda: kept(spool, spooled())):
            with pytest.raises(Unavailable):
                ask()
        server.start()
        assert kept(spool, spooled()).finding is Finding.NEW
        client.close()


def test_who_asks_again_what_was_set_aside_is_not_told_that_it_waits(spool):
    first, again = (spooled(key="mine", body_hash="a" * 64) for _ in range(2))
    kept(spool, first)
    (item,) = spool.oldest(10)
    spool.set_aside(item)
    assert spool.find(again) == SpoolAnswer(finding=Finding.EMPTY)
    assert kept(spool, again) == SpoolAnswer(finding=Finding.NEW, task_id=again.task_id)
    assert spool.read(first.task_id) == first
