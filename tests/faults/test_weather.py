"""Stopped workers, a broker that forgets, repeats, cuts off and loses, too many beats, none: only slower."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bench.loop_questions import QUESTIONS
from tests.faults import broker
from tests.faults.crew import two_of_io
from tests.faults.evidence import wrongs
from tests.faults.ruins import ruins

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

#: Each is held by the forge or the model long enough to be stopped in the middle of the step.
HELD = {
    "generating": "POST /v1/chat/completions",
    "publishing": "POST /repos/*/pulls",
    "merging": "PUT /repos/*/pulls/*/merge",
}
_questions = iter(QUESTIONS)


@pytest.fixture(scope="module")
def beats():
    """How beat is started, once the stack runs."""
    return []


@pytest.fixture(scope="module")
def world(tmp_path_factory, beats):
    def crew(child):
        beats.extend([child] if child.name == "beat" else [])
        return two_of_io(child)

    with ruins(tmp_path_factory.mktemp("weather"), crew=crew) as started:
        yield started


@pytest.fixture(autouse=True)
def _nothing_is_armed(world):
    world.disarm()


def ask(world, count):
    return [world.ask(next(_questions)) for _ in range(count)]


def all_done(world, ids):
    for one in ids:
        world.reaches(one, "done")


@contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def holder(world, task):
    """The child of the stack that has the task, or its pull request, in hand."""
    rows = world.rows("SELECT lease_owner FROM tasks_app_pullrequest WHERE id = ?", task["pull_id"] or "")
    owner = task["lease_owner"] or (rows[0]["lease_owner"] if rows else "")
    return owner.partition("@")[0].replace("io", "worker-io-")


def is_held(world, route):
    return route not in {fault["route"] for fault in world.sandbox.get("/_sandbox/faults").json()}


@pytest.mark.parametrize("state", list(HELD))
def test_a_worker_stopped_for_longer_than_its_lease_drops_what_it_holds(world, state):
    world.arm("delay", route=HELD[state], delay_ms=800)
    (one,) = ask(world, 1)
    world.until(lambda: is_held(world, HELD[state]), f"{state} is under way")
    name = holder(world, world.task(one))
    log = world.stack.supervisor.log_of(name)
    with stopped(world.pid(name)):
        all_done(world, [one])
        before = lost_claims(log)
    world.until(lambda: lost_claims(log) > before, "it learns that it lost its claim")


def lost_claims(log):
    return log.read_text(encoding="utf-8").count('"claim_lost"')


@pytest.mark.parametrize("name", ["worker-main", "worker-io-1", "beat", "web", "redis"])
def test_a_process_killed_while_ci_runs_is_started_again_and_loses_nothing(world, name):
    world.arm("slow_ci", delay_ms=1000)
    (one,) = ask(world, 1)
    world.until(lambda: world.is_at(one, "awaiting_ci"), "CI runs")
    killed = world.pid(name)
    world.kill(name)
    world.until(
        lambda: world.stack.supervisor.pids().get(name) not in {None, killed}, f"{name} is started again"
    )
    world.until(lambda: world.stack.supervisor.is_ready([name]), f"{name} is back")
    all_done(world, [one])


def test_a_broker_that_comes_back_empty_loses_no_task(world):
    world.arm("slow_ci", delay_ms=1500)
    ids = ask(world, 2)
    world.until(lambda: any(world.is_at(one, "awaiting_ci") for one in ids), "CI runs")
    ids += ask(world, 3)
    broker.restart_empty(world)
    all_done(world, ids)


def test_clients_cut_off_again_and_again_come_back_and_really_consume(world):
    with broker.repeating(broker.cut_everybody_off, world, every_s=0.2):
        ids = ask(world, 3)
        world.until(
            lambda: any(world.is_at(one, "awaiting_ci", "done") for one in ids), "one gets on all the same"
        )
    all_done(world, ids)
    # A client waits longer from one try to the next, up to half a minute.
    everybody = "['io1', 'io2', 'main']"
    world.until(
        lambda: world.stack.manage("shell", "-c", PING).stdout.splitlines()[-1:] == [everybody], everybody
    )


#: Every worker answers over the broker: it has a connection and reads from it.
PING = (
    "from closedloop.celery import app\n"
    "print(sorted(name.partition('@')[0] for one in app.control.ping(timeout=5, limit=3) for name in one))"
)


def test_messages_that_arrive_twice_are_worked_off_once(world):
    with broker.doubling(world) as count:
        ids = ask(world, 3)
        all_done(world, ids)
        assert count() > 10


def test_messages_lost_for_a_while_are_sent_again(world):
    with broker.repeating(broker.drop_messages, world, every_s=0.01):
        ids = ask(world, 3)
        world.until(lambda: is_swept_again(world, ids), "hints got lost")
    all_done(world, ids)


def is_swept_again(world, ids):
    """Whether the sweep took up a row of these: its own message or its predecessor's did not come through."""
    return any(world.task(one)["hinted_at"] or world.is_at(one, "done") for one in ids)


def test_three_beats_at_once_do_no_harm(world, beats):
    more = [another(beats[0], number) for number in (2, 3)]
    world.stack.supervisor.start(more)
    world.stack.supervisor.wait_ready([child.name for child in more], 60)
    all_done(world, ask(world, 3))


def another(beat, number):
    argv = tuple(f"{word}-{number}" if word.endswith("beat-schedule") else word for word in beat.argv)
    return replace(beat, name=f"beat-{number}", argv=argv)


def test_without_beat_workers_find_what_was_lost(world):
    beats = [pid for name, pid in world.stack.supervisor.pids().items() if name.startswith("beat")]
    for pid in beats:
        os.kill(pid, signal.SIGSTOP)
    try:
        with broker.repeating(broker.drop_messages, world, every_s=0.01):
            ids = ask(world, 2)
            world.until(lambda: is_swept_again(world, ids), "hints got lost")
        all_done(world, ids)
    finally:
        for pid in beats:
            os.kill(pid, signal.SIGCONT)


def test_after_all_of_it_nothing_is_lost_and_nothing_happened_twice(world):
    world.until(world.all_rest, "everything rests")
    assert wrongs(world) == []
