"""Stops asking a server that does not answer, so that no worker waits in a time-out for it.

The state machine is pybreaker's. Its own `call` holds a lock for as long as the guarded call takes, which
would send ten threads' requests one after the other; so the work runs outside, and pybreaker is told how
it ended. State is kept per process: each worker finds out for itself.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerListener

from closedloop.ports.errors import CircuitOpen, PortError, RateLimited, Unavailable, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pybreaker import CircuitBreakerState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """One breaker of this process, as operators see it."""

    #: What it guards, for example `forge_reads`.
    name: str
    #: `closed` (calls go out), `open` (none does) or `half-open` (one is out to try).
    state: str
    #: Failures in a row.
    failures: int
    #: When the next call may go out; None while it is closed.
    retry_at: datetime | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Breaker:
    """Opens after `failures` calls in a row without an answer; after `pause` one call may try.

    Only `Unavailable` and `Unknown` are failures: whoever refuses or misunderstands us is there.
    """

    def __init__(
        self, name: str, *, failures: int, pause: timedelta, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._name, self._pause, self._clock = name, pause, clock
        self._lock = threading.Lock()
        #: Nobody may call before this time, while the circuit is not closed.
        self._closed_until = clock()
        self._circuit = CircuitBreaker(
            fail_max=failures,
            reset_timeout=pause.total_seconds(),
            name=name,
            listeners=[_Teller()],
            throw_new_error_on_trip=False,
        )

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let the block run, or raise `CircuitOpen` at once; what it raises is what is counted."""
        self._admit()
        try:
            yield
        except (Unavailable, Unknown) as failure:
            self._report(failure)
            raise
        except RateLimited:
            raise  # often our own knowledge of a limit, without a call: it tells neither way
        except PortError:
            self._report(None)
            raise
        self._report(None)

    def state(self) -> BreakerState:
        """How it stands now."""
        with self._lock:
            state = self._circuit.current_state
            until = None if state == STATE_CLOSED else self._closed_until
            return BreakerState(
                name=self._name, state=state, failures=self._circuit.fail_counter, retry_at=until
            )

    def _admit(self) -> None:
        with self._lock:
            if self._circuit.current_state == STATE_CLOSED:
                return
            now = self._clock()
            if now < self._closed_until:
                raise CircuitOpen(f"{self._name}: no answer lately", retry_at=self._closed_until)
            # One tries. Should it never come back, another may after the next pause.
            self._closed_until = now + self._pause
            if self._circuit.current_state == STATE_OPEN:
                self._circuit.half_open()

    def _report(self, failure: PortError | None) -> None:
        with self._lock:
            if self._circuit.current_state == STATE_OPEN:
                return  # it began before the circuit opened, and tells nothing new
            with suppress(PortError):
                self._circuit.call(_repeat, failure)
            if self._circuit.current_state == STATE_OPEN:
                self._closed_until = self._clock() + self._pause


class NullBreaker:
    """Lets every call through."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let the block run."""
        yield


class _Teller(CircuitBreakerListener):
    """Writes down every change of state."""

    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        """See CircuitBreakerListener."""
        say = log.warning if new_state.name == STATE_OPEN else log.info
        old = old_state.name if old_state else ""
        say("breaker_changed", breaker=cb.name, old=old, new=new_state.name, pause_s=cb.reset_timeout)


def _repeat(failure: PortError | None) -> None:
    if failure is not None:
        raise failure
