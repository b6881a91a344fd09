"""A second pull request on the head of the one in flight: merged after it, given up with it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from closedloop.ports.forge import CheckOutcome, MergeOrder
from tasks_app.models import DurationSample, Lane, PullRequest, Task
from tasks_app.services.outlook import eta_of
from tests.fakes.memory import forget_everything
from tests.fakes.merging import merge_sha, settle_merge
from tests.integration.loop.passengers import states

CI = timedelta(seconds=45)
ONE, TWO, THREE = (
    "Which file format does an export have?",
    "How many requests per minute may an API key send?",
    "What does an export hold?",
)


def s(seconds):
    return timedelta(seconds=seconds)


@pytest.fixture
def slow(town, settings):
    """CI is known to take 45 s, and ends when the test says so."""
    settings.MERGE_METHOD = "merge"
    town.world.ci = None
    for _ in range(3):
        DurationSample.objects.create(
            at=town.now, repo="acme/handbook", subject="stage", name="awaiting_ci", took=CI
        )
    return town


@pytest.fixture
def stacked(slow):
    """Two pull requests, the second one built on the first."""
    first = slow.ask(ONE)
    slow.work_off()
    second = slow.ask(TWO)
    slow.settle(within=s(30))
    assert states(first, second) == ["awaiting_ci", "awaiting_ci"]
    return [first, second]


def report(town, number, outcome=CheckOutcome.SUCCESS):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[number].head_sha, name, outcome)


def pulls():
    return list(PullRequest.objects.order_by("created_at"))


def test_it_is_built_on_the_head_of_the_first_when_half_of_its_time_is_over(slow, stacked):
    below, above = pulls()
    assert (above.base_pull, above.base_sha) == (below, below.head_sha)
    assert CI / 2 <= above.created_at - below.published_at <= CI / 2 + s(2)
    lane = Lane.objects.get()
    assert (lane.pull, lane.stacked) == (below, above)


def test_who_waits_is_promised_the_place_on_its_head(slow, settings):
    slow.ask(ONE)
    slow.work_off()
    waiting = Task.objects.get(pk=slow.ask(TWO))
    slow.work_off()
    waiting.refresh_from_db()
    ends = list[datetime]()
    for settings.STACK_FROM in (s(30), s(0)):
        forget_everything()
        eta = eta_of(waiting, now=slow.now)
        assert eta is not None
        ends.append(eta)
    assert waiting.state == "waiting_for_lane"
    assert ends[1] - ends[0] >= CI / 2


def test_it_is_merged_after_the_first_with_the_checks_it_had(slow, stacked):
    report(slow, 2)
    slow.settle(within=s(60))
    assert states(*stacked) == ["awaiting_ci", "merging"]
    assert "goes first" in pulls()[1].note
    report(slow, 1)
    slow.settle()
    assert states(*stacked) == ["done", "done"]
    assert len(slow.world.pulls) == 2


def test_when_the_first_is_red_it_is_replayed_on_the_base(slow, stacked):
    report(slow, 1, CheckOutcome.FAILURE)
    slow.world.ci = CheckOutcome.SUCCESS
    slow.settle()
    assert states(*stacked) == ["failed", "done"]
    codes = [(one.state, one.code) for one in pulls()]
    assert codes == [("abandoned", "ci_failed"), ("abandoned", "base_given_up"), ("merged", "")]
    assert ONE not in slow.page


def test_what_is_red_on_the_head_of_the_first_is_judged_once_that_is_decided(slow, stacked):
    report(slow, 2, CheckOutcome.FAILURE)
    slow.settle(within=s(60))
    assert states(*stacked) == ["awaiting_ci", "awaiting_ci"]
    assert pulls()[1].note == f"waiting for {pulls()[0]}"
    report(slow, 1, CheckOutcome.FAILURE)
    slow.world.ci = CheckOutcome.SUCCESS
    slow.settle()
    assert states(*stacked) == ["failed", "done"]


def test_what_turned_red_there_before_its_merge_is_judged_then_as_well(slow, stacked):
    report(slow, 2)
    slow.settle(within=s(10))
    report(slow, 2, CheckOutcome.FAILURE)
    slow.settle(within=s(60))
    assert states(*stacked) == ["awaiting_ci", "merging"]
    report(slow, 1, CheckOutcome.FAILURE)
    slow.world.ci = CheckOutcome.SUCCESS
    slow.settle()
    assert states(*stacked) == ["failed", "done"]


def test_what_is_red_there_fails_once_the_first_is_merged(slow, stacked):
    report(slow, 2, CheckOutcome.FAILURE)
    slow.settle(within=s(60))
    report(slow, 1)
    slow.settle()
    assert states(*stacked) == ["done", "failed"]


def test_it_moves_up_and_the_next_one_is_built_on_it(slow, stacked):
    report(slow, 1)
    slow.settle(within=s(2))
    third = slow.ask(THREE)
    slow.settle(within=s(25))
    below = PullRequest.objects.get(number=2)
    assert Lane.objects.get().pull == below
    assert PullRequest.objects.get(number=3).base_pull == below
    for number in (2, 3):
        report(slow, number)
    slow.settle()
    assert states(*stacked, third) == ["done"] * 3


def test_who_asks_what_the_first_answers_waits_for_its_end(slow):
    first = slow.ask(ONE)
    slow.work_off()
    Task.objects.filter(pk=first).update(fingerprint="somebody else's")
    same = slow.ask("Which file format does an EXPORT have")
    slow.settle(within=s(40))
    assert states(first, same) == ["awaiting_ci", "waiting_for_lane"]
    slow.world.ci = CheckOutcome.SUCCESS
    report(slow, 1)
    slow.settle()
    assert states(first, same) == ["done", "declined"]


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_nothing_is_built_on_commits_that_are_not_kept(slow, settings, method):
    settings.MERGE_METHOD = method
    slow.ask(ONE)
    slow.work_off()
    second = slow.ask(TWO)
    slow.settle(within=s(44))
    assert states(second) == ["waiting_for_lane"]


def test_a_person_who_merges_the_second_one_takes_the_first_along(slow, stacked):
    base = slow.world.repository.branches["main"]
    pull = slow.world.pulls[2]
    tree = slow.world.repository.merge(base, pull.head_sha)
    sha = slow.world.repository.commit((base, pull.head_sha), "By hand", tree)
    slow.world.repository.branches["main"] = sha
    pull.state, pull.merge_sha, pull.merged_at = "merged", sha, slow.now
    slow.world.ci = CheckOutcome.SUCCESS
    report(slow, 1)
    slow.settle()
    assert states(*stacked) == ["declined", "done"]
    assert Task.objects.get(pk=stacked[0]).code == "already_answered"


def test_what_is_built_on_one_that_was_squashed_is_built_anew(slow, stacked):
    """Somebody squashed the first one: merged on top of that, its commits would tell of its task twice."""
    first = slow.world.pulls[1]
    report(slow, 1)
    order = MergeOrder(number=1, head_sha=first.head_sha, method="squash", title="t", message="m")
    settle_merge(slow.world, first, merge_sha(slow.world, first, order))
    report(slow, 2)
    slow.settle(within=s(40))
    assert (pulls()[1].state, pulls()[1].code in {"base_moved", "conflict"}) == ("abandoned", True)
    report(slow, 3)
    slow.settle()
    assert states(*stacked) == ["done", "done"]
    repository = slow.world.repository
    assert first.head_sha not in repository.history(repository.branches["main"])
