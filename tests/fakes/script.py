"""What shall go wrong, and when: one script per fake, asked at the start of every port method."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a port method."""

    method: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Call):
    """A call whose work was done, whatever its caller heard of it."""

    result: Any
    #: Who called, as `Script.caller` said then.
    by: object


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    #: Raised instead of, or after, the method's work.
    error: BaseException
    #: True loses the answer, not the effect.
    after_effect: bool


class Script:
    """Armed faults and interpositions by method name, and the record of all calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.deeds: list[Deed] = []
        #: Says who calls now, for the record of deeds.
        self.caller: Callable[[], object] = lambda: None
        #: Serialises the fake's methods, so that tests with threads stay deterministic per call.
        self.lock = threading.RLock()
        self._faults: defaultdict[str, deque[_Fault]] = defaultdict(deque)
        self._acts: defaultdict[str, deque[Callable[[], object]]] = defaultdict(deque)

    def arm(self, method: str, error: BaseException, *, after_effect: bool = False, times: int = 1) -> None:
        """Let the next `times` calls of `method` raise `error`, before or after their effect."""
        self._faults[method].extend([_Fault(error=error, after_effect=after_effect)] * times)

    def before(self, method: str, act: Callable[[], object]) -> None:
        """Run `act` once at the start of the next call: somebody else was quicker."""
        self._acts[method].append(act)

    def forget(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()
        self._acts.clear()

    def count(self, method: str) -> int:
        """How often `method` was called, failed calls included."""
        return sum(call.method == method for call in self.calls)

    def enter(self, method: str, args: tuple[Any, ...]) -> _Fault | None:
        """Record a call, run what was put before it, and take its fault."""
        self.calls.append(Call(method=method, args=args))
        self.pass_by(method)
        return self._faults[method].popleft() if self._faults[method] else None

    def pass_by(self, place: str) -> None:
        """Run what was put before this place, which need not be a call of its own."""
        if self._acts[place]:
            self._acts[place].popleft()()

    def done(self, method: str, args: tuple[Any, ...], result: Any) -> None:
        """Record that a call had its effect."""
        self.deeds.append(Deed(method=method, args=args, result=result, by=self.caller()))


class Scripted(Protocol):
    """A fake that follows a script."""

    script: Script


S = TypeVar("S", bound=Scripted)


def scripted(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a port method follow its fake's script."""

    @wraps(method)
    def follow(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.script.lock:
            fault = self.script.enter(method.__name__, args)
            if fault and not fault.after_effect:
                raise fault.error
            result = method(self, *args, **kwargs)
            self.script.done(method.__name__, args, result)
            if fault:
                raise fault.error
            return result

    return follow
