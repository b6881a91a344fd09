"""Deliveries doubled, late, out of order, replayed or lost make a difference to speed alone."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import permutations

import pytest

from closedloop.ports.courier import Hint
from tasks_app.models import InboxDelivery, Lane, PullRequest
from tasks_app.pipeline.states import PullState
from tasks_app.services.inbox import KEPT_FOR, Delivery, forget_old_deliveries, receive
from tasks_app.services.sweep import sweep

pytestmark = pytest.mark.django_db

SHA = "a1" * 20
STORY: list[tuple[str, object]] = [
    ("pull_request", {"action": "opened", "pull_request": {"number": 7, "head": {"sha": SHA}}}),
    ("check_run", {"action": "created", "check_run": {"head_sha": SHA}}),
    ("check_run", {"action": "completed", "check_run": {"head_sha": SHA, "conclusion": "success"}}),
    ("pull_request", {"action": "closed", "pull_request": {"number": 7, "merged": True}}),
]


@pytest.fixture
def pull(clock) -> PullRequest:
    lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    return PullRequest.objects.create(
        lane=lane, state=PullState.AWAITING_CI, head_branch="b", number=7, head_sha=SHA,
        created_at=clock.now, entered_at=clock.now, next_look_at=clock.now + timedelta(minutes=1),
    )  # fmt: skip


def delivery(event: str, payload: object, delivery_id: str = "") -> Delivery:
    return Delivery(delivery_id=delivery_id or str(uuid.uuid4()), event=event, payload=payload)


def facts(pull: PullRequest) -> tuple[object, ...]:
    """What is believed of a pull request."""
    pull.refresh_from_db()
    return pull.state, pull.number, pull.head_sha, pull.fence, pull.attempts, pull.lease_until


@pytest.mark.parametrize("story", list(permutations(STORY)))
def test_in_any_order_and_twice_they_change_no_fact(pull, world, story):
    before = facts(pull)
    ids = [str(uuid.uuid4()) for _ in story]
    told = [
        receive(delivery(event, payload, known), world)
        for _ in range(2)
        for (event, payload), known in zip(story, ids, strict=True)
    ]
    assert told == [True] * 4 + [False] * 4
    assert facts(pull) == before


def test_what_comes_three_days_late_is_one_look_too_many(pull, world, clock, courier):
    PullRequest.objects.update(state=PullState.MERGED, next_look_at=None)
    clock.advance(days=3)
    before = facts(pull)
    assert [receive(delivery(*one), world) for one in STORY] == [True] * 4
    assert (facts(pull), courier.sent) == (before, [])


def test_a_replay_with_another_body_is_the_known_delivery(pull, world, courier):
    assert receive(delivery("ping", {}, "one"), world) is True
    assert receive(delivery(*STORY[2], "one"), world) is False
    kept = InboxDelivery.objects.get()
    assert (kept.event, kept.payload["head_shas"], courier.sent) == ("ping", [], [])


def test_hints_lost_after_the_commit_are_sent_by_the_sweep(pull, world, clock, courier):
    courier.is_away = True
    assert receive(delivery(*STORY[2]), world) is True
    kept = InboxDelivery.objects.get()
    assert (kept.received_at, kept.processed_at) == (clock.now, clock.now)
    courier.is_away = False
    clock.advance(seconds=1)
    sweep(world)
    assert courier.sent == [Hint(jobs=("tasks.look_at_ci", "tasks.merge"), row_id=str(pull.pk))]


def test_without_any_delivery_the_sweep_looks_when_it_is_due(pull, world, clock, courier):
    clock.advance(seconds=61)
    sweep(world)
    assert courier.sent == [Hint(jobs=("tasks.look_at_ci", "tasks.merge"), row_id=str(pull.pk))]


def test_deliveries_are_remembered_longer_than_they_can_be_sent_again(world, clock):
    ages = [KEPT_FOR + timedelta(seconds=1)] * 1500 + [KEPT_FOR, timedelta(days=3)]
    InboxDelivery.objects.bulk_create(
        InboxDelivery(delivery_id=str(n), event="ping", payload={}, received_at=clock.now - age)
        for n, age in enumerate(ages)
    )
    assert timedelta(days=3) < KEPT_FOR
    assert forget_old_deliveries(clock.now) == 1500
    assert list(InboxDelivery.objects.values_list("delivery_id", flat=True)) == ["1500", "1501"]
