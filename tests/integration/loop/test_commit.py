"""Claim, work, finish: what each move writes, and what it leaves alone."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from tasks_app.models import Lane, PullRequest
from tasks_app.pipeline.states import PullState
from tasks_app.services.commit import LostClaim, finish, keep_claim, note, renewal, try_claim, wait, wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEASE = settings.LEASE
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def pull(town) -> PullRequest:
    """A row that is free and due this very moment."""
    lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    return PullRequest.objects.create(
        lane=lane, state=PullState.AWAITING_CI, head_branch="b", created_at=town.now, entered_at=town.now,
        next_look_at=town.now, hinted_at=town.now, woken_at=town.now, fence=4, attempts=2,
    )  # fmt: skip


def claim(town, pull) -> PullRequest | None:
    return try_claim(PullRequest, pull.pk, PullState.AWAITING_CI, ports=town.ports, lease=LEASE)


def held(town, pull) -> PullRequest:
    """A row that is ours."""
    claimed = claim(town, pull)
    assert claimed is not None
    return claimed


def columns(pull, *names: str) -> tuple[object, ...]:
    found: tuple[object, ...] = PullRequest.objects.values_list(*names).get(pk=pull.pk)
    return found


@contextmanager
def right_after(statement: str, act: Callable[[], object]) -> Iterator[None]:
    """Let somebody act as soon as the first statement that begins so has run."""
    acts = [act]

    def watch(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if acts and sql.startswith(statement):
            acts.pop()()
        return result

    with connection.execute_wrapper(watch):
        yield


def test_a_claim_takes_the_row_for_the_length_of_a_lease(town, pull):
    claimed = held(town, pull)
    until = town.now + LEASE
    names = ("fence", "attempts", "lease_owner", "lease_until", "next_look_at", "hinted_at", "woken_at")
    assert columns(pull, *names) == (5, 3, "worker@test", until, until, None, None)
    assert (claimed.fence, columns(pull, "updated_at")) == (5, (town.now,))


@pytest.mark.parametrize("early", [A_MOMENT, timedelta(hours=1)])
def test_who_comes_before_the_row_wants_to_be_looked_at_goes_away(town, pull, early):
    PullRequest.objects.update(next_look_at=town.now + early)
    assert claim(town, pull) is None
    assert columns(pull, "fence", "attempts", "lease_owner") == (4, 2, "")


def test_a_row_in_another_state_is_not_claimed_and_not_woken(town, pull):
    PullRequest.objects.update(state=PullState.MERGING, woken_at=None, lease_until=town.now + LEASE)
    assert claim(town, pull) is None
    assert columns(pull, "fence", "woken_at") == (4, None)


@pytest.mark.parametrize(("left", "is_taken"), [(-A_MOMENT, True), (timedelta(0), False), (A_MOMENT, False)])
def test_a_lease_holds_to_its_last_moment_and_who_comes_then_wakes_its_holder(town, pull, left, is_taken):
    PullRequest.objects.update(lease_until=town.now + left, lease_owner="other", woken_at=None)
    assert (claim(town, pull) is not None) is is_taken
    expected = ("worker@test", None) if is_taken else ("other", town.now)
    assert columns(pull, "lease_owner", "woken_at") == expected


def test_another_row_is_neither_claimed_nor_woken(town, pull):
    other = PullRequest.objects.create(
        lane=pull.lane, state=PullState.AWAITING_CI, head_branch="c", created_at=town.now,
        entered_at=town.now, next_look_at=town.now, lease_until=town.now + LEASE,
    )  # fmt: skip
    assert claim(town, pull) is not None
    assert claim(town, pull) is None
    assert columns(other, "fence", "woken_at") == (0, None)


@pytest.mark.parametrize(
    "change",
    [{"state": PullState.MERGED, "lease_until": None}, {"lease_until": None}],
    ids=["state", "lease"],
)
def test_who_lost_the_row_between_claim_and_reading_has_nothing(town, pull, change):
    with right_after("UPDATE", lambda: PullRequest.objects.update(**change)):
        assert claim(town, pull) is None


def test_finishing_gives_the_row_back(town, pull):
    claimed = held(town, pull)
    later = town.now + timedelta(seconds=3)
    finish(claimed, now=later, head_sha="abc")
    names = ("fence", "attempts", "lease_owner", "lease_until", "next_look_at", "entered_at", "head_sha")
    assert columns(pull, *names) == (6, 3, "", None, None, town.now, "abc")
    assert (claimed.lease_until, claimed.next_look_at, claimed.head_sha) == (None, None, "abc")
    assert columns(pull, "updated_at") == (later,)


def test_entering_a_state_counts_attempts_anew(town, pull):
    later = town.now + timedelta(seconds=3)
    finish(pull, now=later, state=PullState.MERGING, next_look_at=later)
    names = ("state", "attempts", "entered_at", "next_look_at")
    assert columns(pull, *names) == ("merging", 0, later, later)


def test_a_newer_holder_means_that_nothing_is_written(town, pull):
    claimed = held(town, pull)
    PullRequest.objects.update(fence=9)
    with pytest.raises(LostClaim):
        finish(claimed, now=town.now, state=PullState.MERGING)
    assert columns(pull, "state", "fence", "lease_owner") == ("awaiting_ci", 9, "worker@test")
    assert claimed.state == PullState.AWAITING_CI


def test_who_needs_longer_holds_the_row_for_longer(town, pull):
    claimed = held(town, pull)
    keep_claim(claimed, timedelta(seconds=90), town.ports, base_sha="abc")
    until = town.now + timedelta(seconds=90)
    assert columns(pull, "lease_until", "next_look_at", "base_sha") == (until, until, "abc")


def test_what_a_newer_holder_has_is_not_held_for_longer(town, pull):
    claimed = held(town, pull)
    PullRequest.objects.update(fence=9, lease_until=town.now)
    with pytest.raises(LostClaim):
        keep_claim(claimed, timedelta(seconds=90), town.ports, base_sha="abc")
    assert columns(pull, "lease_until", "base_sha") == (town.now, "")


def test_a_row_waits_until_it_is_told_or_woken(town, pull):
    claimed = held(town, pull)
    until = town.now + timedelta(seconds=7)
    assert wait(claimed, until=until, ports=town.ports, head_sha="abc") is False
    assert columns(pull, "next_look_at", "attempts", "head_sha") == (until, 3, "abc")
    PullRequest.objects.update(next_look_at=town.now)
    claimed = held(town, pull)
    PullRequest.objects.update(woken_at=town.now)
    assert wait(claimed, until=until, ports=town.ports) is True
    assert columns(pull, "next_look_at") == (town.now,)


def test_waking_reaches_only_rows_that_wait(town, pull):
    later = town.now + timedelta(seconds=5)
    PullRequest.objects.update(woken_at=None, next_look_at=later)
    assert wake(PullRequest.objects.all(), now=town.now) == 1
    assert columns(pull, "woken_at", "next_look_at") == (town.now, town.now)
    PullRequest.objects.update(woken_at=None, next_look_at=None)
    assert wake(PullRequest.objects.all(), now=town.now) == 0
    assert columns(pull, "woken_at", "next_look_at") == (None, None)


def test_a_note_is_written_on_the_rows_that_were_found_and_no_others(town, pull):
    assert note(PullRequest.objects.filter(fence=99), hinted_at=None) == []
    assert columns(pull, "hinted_at") == (town.now,)
    assert note(PullRequest.objects.filter(fence=4), hinted_at=None) == [pull]
    assert columns(pull, "hinted_at") == (None,)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"next_look_at": A_MOMENT}, 1),
        ({"next_look_at": A_MOMENT, "attempts": 0}, 0),
        ({"next_look_at": timedelta(0)}, 2),  # it was due by itself: an attempt like any other
        ({"next_look_at": A_MOMENT, "lease_until": A_MOMENT}, 2),  # somebody is at it, or died at it
    ],
)
def test_a_look_that_comes_early_is_no_attempt(town, pull, change, left):
    now = {name: town.now + at if isinstance(at, timedelta) else at for name, at in change.items()}
    PullRequest.objects.filter(pk=pull.pk).update(**now)
    wake(PullRequest.objects.all(), now=town.now)
    assert columns(pull, "attempts", "next_look_at") == (left, town.now)


@pytest.mark.parametrize(
    ("is_woken", "given", "left"), [(False, {}, 3), (True, {}, 2), (True, {"attempts": 0}, 0)]
)
def test_a_look_that_follows_since_somebody_woke_it_is_no_attempt(town, pull, is_woken, given, left):
    claimed = held(town, pull)
    PullRequest.objects.filter(pk=pull.pk).update(woken_at=town.now if is_woken else None)
    wait(claimed, until=town.now + LEASE, ports=town.ports, **given)
    assert (columns(pull, "attempts"), claimed.attempts) == ((left,), left)


def test_long_computing_holds_its_claim_on_once_a_third_of_the_lease_is_over(town, pull):
    begun, seen = town.now, []
    pull.lease_until = begun + LEASE
    renew = renewal(pull, LEASE, town.ports)
    for after in (LEASE / 3 - A_MOMENT, LEASE / 3, LEASE / 2, LEASE * 2 / 3):
        town.now = begun + after
        renew()
        seen.append(PullRequest.objects.get().lease_until)
    first, second = begun + LEASE / 3 + LEASE, begun + LEASE * 2 / 3 + LEASE
    assert seen == [None, first, first, second]


def test_long_computing_hears_that_its_claim_is_lost(town, pull):
    renew = renewal(pull, LEASE, town.ports)
    town.now += LEASE
    PullRequest.objects.update(fence=pull.fence + 1)
    with pytest.raises(LostClaim):
        renew()
