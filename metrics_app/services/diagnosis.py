"""What the doctor says, and how one examination is run."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import Error as DatabaseTrouble
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from closedloop.ports.errors import PortError
from closedloop.sentry import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Verdict(StrEnum):
    """How one examination ended."""

    OK = "ok"
    #: The loop runs, but an operator should know.
    WARN = "warn"
    #: The loop cannot do its work.
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One line of the report."""

    name: str
    verdict: Verdict
    #: What was found.
    text: str
    #: What to do about it; empty when all is well.
    mend: str = ""
    #: Milliseconds the examination took.
    ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One dependency to be tested for real."""

    name: str
    ask: Callable[[], Iterable[Diagnosis]]
    #: What to do when it does not answer.
    mend: str


def ok(name: str, text: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(name=name, verdict=Verdict.OK, text=text)


def warn(name: str, text: str, mend: str) -> Diagnosis:
    """An operator should know."""
    return Diagnosis(name=name, verdict=Verdict.WARN, text=text, mend=mend)


def fail(name: str, text: str, mend: str) -> Diagnosis:
    """The loop cannot work like this."""
    return Diagnosis(name=name, verdict=Verdict.FAIL, text=text, mend=mend)


def examine(examination: Examination) -> list[Diagnosis]:
    """Run one examination; whatever does not answer is a failure with its mend."""
    began = time.perf_counter()
    try:
        found = list(examination.ask())
    except PortError as error:
        found = [fail(examination.name, f"{error.code}: {error.detail}", examination.mend)]
    except (DatabaseTrouble, RedisError, OperationalError, OSError) as error:
        found = [fail(examination.name, f"{type(error).__name__}: {_first_line(error)}", examination.mend)]
    ms = round((time.perf_counter() - began) * 1000, 1)
    # Other people's error messages like to repeat addresses with their passwords.
    return [replace(diagnosis, ms=ms, text=scrub(diagnosis.text)) for diagnosis in found]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:160]
