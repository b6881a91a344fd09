"""At most so many calls of the model at once, first come first served, and none lost with a dead worker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import RateLimited, Unavailable
from tasks_app.models import ModelSlot, ModelWaiter, Task
from tasks_app.services import heads, model_slots
from tasks_app.services.operator import cancel_task
from tests.integration.loop.passengers import states

THINGS = ("Export", "Import", "Backup")
DOCUMENT = "# More\n\n" + "\n\n".join(f"## {thing}s\n\nThe {thing} window shows 10 rows." for thing in THINGS)


@pytest.fixture
def town(town, settings):
    settings.OPENAI_CONCURRENCY = 1
    town.world.push("main", {"docs/more.md": DOCUMENT})
    return town


@pytest.fixture
def busy(town):
    """Another worker's call takes the only slot."""
    holder = town.ask("How many requests per minute may an API key send?")
    slot = model_slots.try_take(holder, town.ports)
    cancel_task(holder, actor="olga", reason="not needed", ports=town.ports)
    return slot


def ask(town, *things):
    """Ask at different times, in this order."""
    ids = []
    for thing in things:
        ids.append(town.ask(f"How many rows does the {thing} window show?"))
        town.work_off()
        town.now += timedelta(milliseconds=10)
    return ids


def give_back(town, slot):
    with model_slots.held(slot, town.ports):
        pass


def asked(town):
    """What the model was asked about, in order."""
    questions = [call.args[0].messages[-1]["content"] for call in town.model.script.calls]
    return [thing for text in questions for thing in THINGS if f"the {thing} window show?" in text]


def test_who_finds_no_slot_waits_and_uses_up_nothing(town, busy):
    (task_id,) = ask(town, "Export")
    town.settle(within=timedelta(seconds=20))
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.attempts, task.model_attempts) == ("generating", 0, 0)
    assert task.deadline_at - town.now > timedelta(minutes=4, seconds=50)
    assert town.model.script.calls == []


def test_a_slot_that_is_given_back_calls_who_waited_longest(town, busy):
    ids = ask(town, *THINGS)
    give_back(town, busy)
    began = town.now
    town.work_off()
    assert (asked(town), town.now) == (list(THINGS), began)
    town.settle()
    assert states(*ids) == ["done"] * 3
    assert not ModelWaiter.objects.exists()


def test_a_latecomer_does_not_push_in(town, busy):
    ask(town, "Export", "Import")
    ModelSlot.objects.update(until=town.now)
    late = town.ask("How many rows does the Backup window show?")
    assert model_slots.try_take(late, town.ports) is None
    first = ModelWaiter.objects.earliest("since")
    assert model_slots.try_take(first.task_id, town.ports) is not None


def test_a_dead_workers_slot_is_free_after_its_lease(town, busy, settings):
    ids = ask(town, "Export", "Import")
    town.settle(within=settings.LEASE - timedelta(seconds=2))
    assert asked(town) == []
    town.settle(within=timedelta(seconds=10))
    assert (asked(town), states(*ids)) == (["Export", "Import"], ["done", "done"])


def test_a_call_that_got_lost_is_made_up_for(town, busy):
    (task_id,) = ask(town, "Export")
    town.courier.loses_everything = True
    give_back(town, busy)
    town.courier.loses_everything = False
    town.settle(within=timedelta(seconds=20))
    assert states(task_id) == ["done"]


def test_who_was_cancelled_keeps_nobody_waiting(town, busy):
    first, second = ask(town, "Export", "Import")
    cancel_task(first, actor="olga", reason="no", ports=town.ports)
    give_back(town, busy)
    town.work_off()
    assert (asked(town), states(first)) == (["Import"], ["cancelled"])
    town.settle()
    assert states(second) == ["done"]


def test_who_has_to_wait_for_the_forge_keeps_nobody_waiting_for_the_model(town, busy):
    (first,) = ask(town, "Export")
    until = town.now + timedelta(hours=1)
    heads.forget()
    town.forge.script.arm("branch_sha", RateLimited("slow down", retry_at=until))
    town.settle(within=timedelta(seconds=5))
    assert (Task.objects.get(pk=first).next_look_at, ModelWaiter.objects.count()) == (until, 1)
    (second,) = ask(town, "Import")
    give_back(town, busy)
    town.settle(within=timedelta(seconds=30))
    assert (asked(town), states(second)) == (["Import"], ["done"])


def test_a_failed_call_gives_its_slot_back(town):
    town.model.script.arm("complete", Unavailable("500"), times=2)
    (task_id,) = ask(town, "Export")
    town.settle()
    assert (states(task_id), len(town.model.script.calls)) == (["done"], 3)
    assert ModelSlot.objects.get().until <= town.now


def test_a_holder_that_comes_back_after_its_lease_frees_nothing_of_others(town, busy, settings):
    town.now += settings.LEASE
    (task_id,) = ask(town, "Export")
    taken = model_slots.try_take(task_id, town.ports)
    give_back(town, busy)
    assert ModelSlot.objects.get().until == (taken.until if taken else town.now)


def test_fewer_slots_than_before_are_obeyed_at_once(town, settings):
    settings.OPENAI_CONCURRENCY = 3
    ids = [town.ask(f"How many rows does the {thing} window show?") for thing in THINGS]
    assert model_slots.try_take(ids[0], town.ports) is not None
    settings.OPENAI_CONCURRENCY = 2
    taken = [model_slots.try_take(task_id, town.ports) for task_id in ids]
    free = ModelSlot.objects.filter(until__gt=town.now, number__lt=2).count()
    assert (free, taken.count(None) >= 1) == (2, True)
