"""The faults that are armed, and who takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Kind(StrEnum):
    """What may go wrong."""

    #: Requests to `route`: answered with `status` instead of being handled.
    STATUS = "status"
    #: Requests to `route`: handled, then answered with `status` all the same.
    STATUS_AFTER = "status_after"
    #: Requests to `route`: handled `delay_ms` late.
    DELAY = "delay"
    #: Requests to `route`: the connection breaks before anything is done.
    DROP_BEFORE = "drop_before"
    #: Requests to `route`: the connection breaks after everything is done.
    DROP_AFTER = "drop_after"
    #: Requests to `route`: GitHub's secondary rate limit, to be tried again after `retry_after_s`.
    SECONDARY_LIMIT = "secondary_limit"
    #: Requests to `route`: GitHub's primary rate limit, with the time of its reset.
    PRIMARY_LIMIT = "primary_limit"
    #: Requests to `route`: pointed elsewhere, as after the repository was renamed.
    MOVED = "moved"
    #: Whether a pull request from `branch` merges is not computed: one look fewer per look.
    MERGEABLE_UNKNOWN = "mergeable_unknown"
    #: CI runs end `delay_ms` later.
    SLOW_CI = "slow_ci"
    #: The check run named `check` (any, if empty) fails whatever it finds, where changed files hold `text`.
    RED_CI = "red_ci"
    #: As `red_ci`, but only the first time a check runs on a commit.
    FLAKY_CI = "flaky_ci"
    #: CI runs stay queued for ever.
    CI_NEVER = "ci_never"
    #: The site's health answers `status` (and `body`).
    BROKEN_HEALTH = "broken_health"
    #: The site's pages answer `status` (and `body`).
    BROKEN_PAGE = "broken_page"
    #: Deployments stay in progress for ever.
    DEPLOY_NEVER = "deploy_never"
    #: Deployments take `delay_ms` longer.
    SLOW_DEPLOY = "slow_deploy"
    #: Deployments fail, and the site stays as it was.
    FAILED_DEPLOY = "failed_deploy"
    #: Webhook events are not delivered.
    NO_WEBHOOK = "no_webhook"


ROUTE_KINDS = frozenset({
    Kind.STATUS, Kind.STATUS_AFTER, Kind.DELAY, Kind.DROP_BEFORE,
    Kind.DROP_AFTER, Kind.SECONDARY_LIMIT, Kind.PRIMARY_LIMIT, Kind.MOVED,
})  # fmt: skip


class FaultError(Exception):
    """A fault that cannot be armed, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One armed fault."""

    #: Its number.
    id: int
    #: What goes wrong.
    kind: Kind
    #: Method and path with `*`, for the kinds that concern requests; `/api/v3` may be left out.
    route: str = ""
    #: How many times it still happens; None until it is cleared.
    times: int | None = 1
    #: When it ends by itself; None never.
    until: datetime | None = None
    #: HTTP status of the answer.
    status: int = 500
    #: Milliseconds of delay.
    delay_ms: int = 0
    #: Seconds told to the client by a secondary limit.
    retry_after_s: int = 60
    #: Body of the answer; None for one that fits the kind.
    body: str | None = None
    #: Headers of the answer.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Name of a check run.
    check: str = ""
    #: Branch with `*`, for CI; empty for any.
    branch: str = ""
    #: What a changed file must hold, for CI; empty for anything.
    text: str = ""
    #: The revision during whose life the site is broken: a full sha, or `next` for the one published next.
    release: str = ""
    #: How many times it has happened.
    taken: int = 0


_GIVEN = {
    "route": str,
    "status": int,
    "delay_ms": int,
    "retry_after_s": int,
    "check": str,
    "branch": str,
    "text": str,
    "release": str,
}


def _checked(wanted: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name for one in fields(Fault)} - {"id", "until", "taken"} | {"duration_s"}
    if unknown := sorted(wanted.keys() - known):
        raise FaultError(f"unknown: {', '.join(unknown)}")
    for name, kind in _GIVEN.items():
        if name in wanted and not isinstance(wanted[name], kind):
            raise FaultError(f"{name} must be of type {kind.__name__}")
    if wanted.get("kind") not in set(Kind):
        raise FaultError(f"kind must be one of {', '.join(Kind)}")
    times = wanted.get("times", 1)
    if times is not None and (not isinstance(times, int) or times < 1):
        raise FaultError("times must be a number above 0, or null for as long as it is armed")
    if Kind(wanted["kind"]) in ROUTE_KINDS and len(wanted.get("route", "").split(" ", 1)) != 2:  # noqa: PLR2004 -- a pair
        raise FaultError("route must be a method and a path, for instance 'POST /repos/*/pulls'")
    lasts = any(wanted.get(name) for name in ("release", "duration_s", "text"))
    return {"times": None if lasts else 1, **wanted}


def _is_route(pattern: str, method: str, path: str) -> bool:
    wanted_method, _, wanted_path = pattern.partition(" ")
    if wanted_method.upper() not in {method, "*"}:
        return False
    return fnmatchcase(path, wanted_path) or fnmatchcase(path.removeprefix("/api/v3"), wanted_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When a fault of the world might happen."""

    #: The branch concerned.
    branch: str = ""
    #: The check run concerned.
    check: str = ""
    #: The revision that is live.
    release: str = ""
    #: Whether what is checked holds a text.
    holds: Callable[[str], bool] = bool

    def fits(self, fault: Fault) -> bool:
        """Whether a fault is meant for this occasion."""
        return (
            (not fault.branch or fnmatchcase(self.branch, fault.branch))
            and fault.check in {"", self.check}
            and fault.release in {"", self.release}
            and (not fault.text or self.holds(fault.text))
        )


class Armory:
    """Armed faults in the order of their arming; the first that fits is taken."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def arm(self, wanted: Mapping[str, Any], now: datetime) -> Fault:
        """Arm a fault described by the fields of `Fault`, or `duration_s` for `until`; raises FaultError."""
        given = _checked(wanted)
        seconds = given.pop("duration_s", None)
        until = now + timedelta(seconds=float(seconds)) if seconds is not None else None
        body = given.pop("body", None)
        if isinstance(body, dict | list):
            raise FaultError("body must be a string")
        self._last += 1
        kind = Kind(given.pop("kind"))
        fault = Fault(id=self._last, kind=kind, until=until, body=body, **given)
        self._faults[fault.id] = fault
        return fault

    def armed(self) -> list[Fault]:
        """Return what is armed, oldest first."""
        return list(self._faults.values())

    def clear(self, number: int | None = None) -> None:
        """Disarm one fault, or all."""
        if number is None:
            self._faults.clear()
        else:
            self._faults.pop(number, None)

    def take_route(self, kinds: frozenset[Kind], method: str, path: str, now: datetime) -> Fault | None:
        """Take the first armed fault of these kinds that fits a request."""
        return self._take(
            next(
                (one for one in self._live(now) if one.kind in kinds and _is_route(one.route, method, path)),
                None,
            )
        )

    def take(self, kind: Kind, now: datetime, occasion: Occasion = Occasion()) -> Fault | None:
        """Take the first armed fault of the world that fits an occasion."""
        found = (one for one in self._live(now) if one.kind is kind and occasion.fits(one))
        return self._take(next(found, None))

    def bind_next_release(self, sha: str) -> None:
        """Bind faults that wait for the next release to this one."""
        for one in self.armed():
            if one.release == "next":
                self._faults[one.id] = replace(one, release=sha)

    def _live(self, now: datetime) -> list[Fault]:
        for one in self.armed():
            if one.until is not None and one.until <= now:
                del self._faults[one.id]
        return self.armed()

    def _take(self, fault: Fault | None) -> Fault | None:
        if fault is None:
            return None
        left = None if fault.times is None else fault.times - 1
        if left == 0:
            del self._faults[fault.id]
        else:
            self._faults[fault.id] = replace(fault, times=left, taken=fault.taken + 1)
        return fault
