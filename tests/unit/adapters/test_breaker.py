"""When calls go out and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from closedloop.adapters.breaker import Breaker, BreakerState, NullBreaker
from closedloop.ports.errors import (
    BadReply,
    CircuitOpen,
    Conflict,
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAUSE = timedelta(seconds=5)


class Rig:
    """A breaker that opens after three failures, with hands on its clock."""

    def __init__(self) -> None:
        self.now = NOON
        self.sent = 0
        self.breaker = Breaker("forge_reads", failures=3, pause=PAUSE, clock=lambda: self.now)

    def call(self, outcome: BaseException | None = None) -> None:
        with self.breaker.guard():
            self.sent += 1
            if outcome:
                raise outcome

    def fail(self, times: int = 1, error: PortError | None = None) -> None:
        for _ in range(times):
            with pytest.raises(PortError):
                self.call(error or Unavailable("no answer"))

    @property
    def state(self) -> str:
        return self.breaker.state().state


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize("error", [Unavailable("a"), Unknown("b")])
def test_the_third_call_in_a_row_without_an_answer_opens_it(rig: Rig, error: PortError):
    rig.fail(2, error)
    assert rig.state == "closed"
    rig.fail(1, error)
    assert rig.state == "open"


def test_while_it_is_open_no_call_goes_out_and_the_error_says_until_when(rig: Rig):
    rig.fail(3)
    with pytest.raises(CircuitOpen) as caught:
        rig.call()
    assert (rig.sent, caught.value.retry_at, caught.value.code) == (3, NOON + PAUSE, "unavailable")


def test_an_answer_in_between_starts_the_count_anew(rig: Rig):
    rig.fail(2)
    rig.call()
    rig.fail(2)
    assert (rig.state, rig.breaker.state().failures) == ("closed", 2)


@pytest.mark.parametrize(
    "error",
    [kind("no") for kind in (Unauthorized, Forbidden, NotFound, Conflict, Refused, BadReply)],
)
def test_whoever_says_no_is_there(rig: Rig, error: PortError):
    rig.fail(2)
    rig.fail(1, error)
    rig.fail(2)
    assert rig.state == "closed"


def test_a_limit_tells_neither_way(rig: Rig):
    rig.fail(2)
    rig.fail(1, RateLimited("slow"))
    assert rig.state == "closed"
    rig.fail(1)
    assert rig.state == "open"


def test_after_the_pause_one_call_tries_and_the_others_wait_for_it(rig: Rig):
    rig.fail(3)
    rig.now += PAUSE
    with rig.breaker.guard():
        assert rig.state == "half-open"
        with pytest.raises(CircuitOpen):
            rig.call()
    assert rig.state == "closed"


def test_a_try_that_fails_opens_it_for_another_pause(rig: Rig):
    rig.fail(3)
    rig.now += PAUSE
    rig.fail()
    expected = BreakerState(name="forge_reads", state="open", failures=4, retry_at=rig.now + PAUSE)
    assert rig.breaker.state() == expected


def test_a_try_that_never_ends_is_replaced_after_another_pause(rig: Rig):
    rig.fail(3)
    rig.now += PAUSE
    with pytest.raises(SystemExit):
        rig.call(SystemExit())
    with pytest.raises(CircuitOpen):
        rig.call()
    rig.now += PAUSE
    rig.call()
    assert rig.state == "closed"


def test_what_began_before_it_opened_does_not_close_it(rig: Rig):
    with rig.breaker.guard():
        rig.fail(3)
    assert rig.state == "open"


def test_calls_do_not_wait_for_each_other(rig: Rig):
    with rig.breaker.guard(), rig.breaker.guard():
        assert rig.state == "closed"


def test_opening_and_closing_are_written_down(rig: Rig):
    with capture_logs() as lines:
        rig.fail(3)
        rig.now += PAUSE
        rig.call()
    seen = [(line["event"], line["breaker"], line["new"], line["log_level"]) for line in lines]
    assert seen == [
        ("breaker_changed", "forge_reads", "open", "warning"),
        ("breaker_changed", "forge_reads", "half-open", "info"),
        ("breaker_changed", "forge_reads", "closed", "info"),
    ]


def test_without_a_breaker_every_call_goes_out():
    for _ in range(9):
        with pytest.raises(Unavailable), NullBreaker().guard():
            raise Unavailable("no answer")
