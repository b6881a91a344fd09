"""The budget of writes on the whole loop: who waits, who does not, and that waiting costs nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from inspect import getmembers, isfunction

import pytest

from closedloop.ports.errors import RateLimited
from closedloop.ports.forge import ForgeWriter
from closedloop.ports.git import GitTransport
from rollback_app.models import Rollback
from rollback_app.services.operator import roll_back
from tasks_app.models import Effect, PullRequest, Task, WriteBudget, WriteCharge
from tasks_app.pipeline.budget import BURST, Share
from tasks_app.pipeline.steps import MAX_ATTEMPTS
from tasks_app.services.budget import Cost, Paused, charge, forget_old_charges, paid, under_way
from tasks_app.services.commit import wake
from tests.fakes.town import QUESTION
from tests.integration.loop.passengers import states

WRITES = [
    name
    for port in (ForgeWriter, GitTransport)
    for name, _ in getmembers(port, isfunction)
    if not name.startswith("_") and name != "branch_writes"
]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def town(town, settings):
    """With the limits that GitHub has, and no git: all that is written counts."""
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500
    town.forge.ref_writes, town.forge.writes_of_branch = 1, lambda commits: 3 if commits else 1
    return town


def spend(town, writes, share=Share.EVERYDAY):
    with paid(Cost(writes=writes, share=share, act="something else"), town.ports):
        pass


def requests_of(call, forge):
    """How many requests GitHub would count for one call."""
    match call.method:
        case "publish_branch":
            return forge.branch_writes(len(call.args[0].commits))
        case "create_tag" | "delete_branch":
            return forge.ref_writes
        case "open_pull":
            return 2 if call.args[0].labels else 1
        case _:
            return 1


@pytest.fixture
def written(town):
    """When how many requests were made, as the forge would log it."""
    log: list[tuple[datetime, int]] = []
    for name in WRITES:
        _note_calls(town, name, log)
    return log


def _note_calls(town, name, log):
    method = getattr(town.forge, name)

    def noting(*args):
        result = method(*args)
        log.append((town.now, requests_of(town.forge.script.calls[-1], town.forge)))
        return result

    setattr(town.forge, name, noting)


def most_within(log, length):
    return max(sum(n for at, n in log if start <= at < start + length) for start, _ in log)


def test_forty_questions_at_once_are_done_within_the_limits(town, written):
    document = "\n\n".join(f"## Window {n}\n\nThe window {n:02} shows {n}0 rows." for n in range(1, 41))
    town.world.push("main", {"docs/windows.md": f"# Windows\n\n{document}"})
    began = town.now
    ids = [town.ask(f"How many rows does the window {n:02} show?") for n in range(1, 41)]
    town.settle()
    assert set(states(*ids)) == {"done"}
    assert (most_within(written, MINUTE), most_within(written, HOUR)) <= (60, 440)
    last = Task.objects.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    assert last - began < timedelta(minutes=4)


def test_by_git_a_pull_request_costs_two_writes_however_many_travel(town, written):
    town.forge.ref_writes, town.forge.writes_of_branch = 0, lambda _: 0
    document = "\n\n".join(f"## Window {n}\n\nThe window {n:02} shows {n}0 rows." for n in range(1, 41))
    town.world.push("main", {"docs/windows.md": f"# Windows\n\n{document}"})
    ids = [town.ask(f"How many rows does the window {n:02} show?") for n in range(1, 41)]
    town.settle()
    assert set(states(*ids)) == {"done"}
    # The first leaves at once, everybody else together.
    charged = WriteCharge.objects.values_list("writes", flat=True)
    assert (PullRequest.objects.count(), sum(n for _, n in written), list(charged)) == (2, 4, [1] * 4)


def test_ten_questions_one_after_the_other_keep_the_pace(town, written):
    for number in range(10):
        town.world.push("main", {"docs/FAQ.md": "# FAQ\n\n## General\n"})
        assert states(town.ask(f"{QUESTION} {number}")) == ["queued"]
        town.settle(within=timedelta(seconds=20))
    assert Task.objects.filter(state="done").count() == 10
    assert most_within(written, MINUTE) <= 60
    assert most_within(written, timedelta(seconds=1)) <= BURST


def test_a_lone_question_never_waits_for_the_pace(town, written, caplog):
    town.ask()
    town.settle()
    assert (sum(n for _, n in written), "writes_paused" in caplog.text) == (6, False)
    spend(town, BURST)
    town.ask("Which file format does an export have?")
    town.settle()
    assert "writes_paused" in caplog.text


def test_a_rollback_goes_at_once_while_everyday_work_waits(town):
    task_id = town.ask()
    town.settle()
    town.now += 2 * MINUTE
    spend(town, 60)
    other = town.ask("Which file format does an export have?")
    town.settle(within=timedelta(seconds=5))
    asked_at = town.now
    roll_back([task_id], actor="olga", reason="wrong", ports=town.ports)
    town.settle(within=timedelta(seconds=20))
    rollback = Rollback.objects.get()
    assert (rollback.state, states(other)) == ("done", ["publishing"])
    assert rollback.merged_at - asked_at < timedelta(seconds=10)
    town.settle()
    assert states(other) == ["done"]


def test_waiting_uses_up_no_attempt_and_no_time(town):
    spend(town, 440)
    began, task_id = town.now, town.ask()
    town.settle(within=timedelta(minutes=50))
    pull = PullRequest.objects.get()
    assert (states(task_id), pull.attempts) == (["publishing"], 0)
    assert (pull.next_look_at - began >= HOUR, pull.deadline_at - began > HOUR) == (True, True)
    assert "this hour's writes are used up" in pull.note
    assert not Effect.objects.exists()
    town.settle()
    assert (states(task_id), PullRequest.objects.get().note) == (["done"], "")


def test_wake_ups_during_a_pause_do_not_put_the_deadline_off_without_end(town):
    blocked_until = town.now + timedelta(hours=1)
    WriteBudget.objects.create(name="forge", paced_until=town.now, blocked_until=blocked_until)
    town.ask()
    town.settle(within=timedelta(seconds=1))
    assert PullRequest.objects.get().deadline_at - blocked_until <= timedelta(minutes=30)
    for _ in range(20):
        wake(PullRequest.objects.all(), now=town.now)
        town.settle(within=timedelta(seconds=10))
    assert PullRequest.objects.get().deadline_at - blocked_until <= timedelta(hours=1)


def test_a_long_series_of_pauses_is_not_taken_for_poison(town):
    task_id = town.ask()
    spend(town, 1)
    for _ in range(MAX_ATTEMPTS + 10):
        WriteBudget.objects.update(blocked_until=town.now + MINUTE)
        town.settle(within=timedelta(seconds=1))
        town.now += MINUTE
    pull = PullRequest.objects.get()
    assert (states(task_id), pull.attempts, pull.fence > MAX_ATTEMPTS) == (["publishing"], 0, True)
    town.settle()
    assert states(task_id) == ["done"]


def test_when_the_forge_slows_one_down_nobody_else_writes_meanwhile(town, written):
    until = town.now + timedelta(minutes=10)
    town.forge.script.arm("publish_branch", RateLimited("secondary rate limit", retry_at=until))
    task_id = town.ask()
    town.settle(within=timedelta(minutes=9))
    assert (written, town.forge.script.count("publish_branch")) == ([], 1)
    with pytest.raises(Paused) as refused:
        spend(town, 1, Share.ROLLBACK)
    assert refused.value.retry_at == until
    town.settle()
    assert (states(task_id), min(at for at, _ in written) >= until) == (["done"], True)


def test_a_forge_that_names_no_time_is_left_alone_for_a_minute(town):
    town.forge.script.arm("publish_branch", RateLimited("slow down"))
    began = town.now
    town.ask()
    town.work_off()
    budget = WriteBudget.objects.get()
    assert (budget.blocked_until, budget.block_reason) == (began + MINUTE, "slow down")


def test_a_shorter_block_does_not_shorten_a_longer_one(town):
    written = charge(Cost(writes=1, share=Share.EVERYDAY, act="x"), town.ports)
    for pause in (10 * MINUTE, MINUTE):
        with pytest.raises(RateLimited), under_way(written, town.ports):
            raise RateLimited("slow", retry_at=town.now + pause)
    assert WriteBudget.objects.get().blocked_until == town.now + 10 * MINUTE


def test_an_act_counts_from_its_end_on(town):
    with paid(Cost(writes=60, share=Share.EVERYDAY, act="a long one"), town.ports):
        town.now += timedelta(seconds=20)
    town.now += timedelta(seconds=61)
    with pytest.raises(Paused) as refused:
        spend(town, 1)
    assert refused.value.retry_at - town.now == timedelta(seconds=1)


def test_a_notice_elsewhere_costs_nothing(town):
    spend(town, 0)
    assert not WriteCharge.objects.exists()


def test_old_charges_are_forgotten(town):
    spend(town, 1)
    town.now += 2 * HOUR
    spend(town, 2)
    forget_old_charges(town.now + timedelta(seconds=1))
    assert WriteCharge.objects.get().writes == 2
