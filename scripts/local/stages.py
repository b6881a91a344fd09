"""What `scripts/test` runs, in order, as data."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.local.places import ENTRIES, ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One check of the whole project."""

    #: what `--stage` calls it
    name: str
    #: the tool, for the heading
    tool: str
    #: program and arguments, run in the checkout's root
    argv: tuple[str, ...]
    #: variables on top of the environment
    env: dict[str, str] = field(default_factory=dict)
    #: Runs at the lowest priority while later stages wait for others, and is shown at the end.
    is_patient: bool = False


#: Django's own checks look at a database; an empty one in memory is enough and leaves no file.
_NO_DATABASE = {"DATABASE_URL": "sqlite://:memory:"}

#: Tests of one file stay in order in one process; files begin in the order of their collection.
_SIDE_BY_SIDE = (
    ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder") if (os.cpu_count() or 1) > 1 else ()
)


def all_stages() -> list[Stage]:
    """Give every stage, the quick ones first; the one that runs beside others begins before the slow ones."""
    here = Path(sys.executable).parent
    entries = [str(file.relative_to(ROOT)) for file in ENTRIES]
    return [
        Stage(name="format", tool="ruff format", argv=_python("ruff", "format", "--check", ".", *entries)),
        Stage(name="lint", tool="ruff check", argv=_python("ruff", "check", ".", *entries)),
        # It computes for many minutes, beside everything that follows.
        simulation_stage(()),
        Stage(name="types", tool="mypy", argv=_python("mypy", ".")),
        Stage(name="imports", tool="import-linter", argv=(str(here / "lint-imports"),)),
        _manage("django", "manage.py check", "check", "--fail-level", "WARNING"),
        _manage("migrations", "manage.py makemigrations", "makemigrations", "--check", "--dry-run"),
        _manage("docs", "manage.py states", "states", "--check"),
        Stage(name="core", tool="coverage", argv=_python("scripts.local.core_branches")),
        tests_stage(()),
    ]


def tests_stage(arguments: Sequence[str]) -> Stage:
    """Give the pytest stage: all files, two at a time on two cores, or what a person asked for."""
    chosen = arguments or _SIDE_BY_SIDE
    return Stage(name="tests", tool="pytest", argv=_python("pytest", "-q", *chosen))


def simulation_stage(arguments: Sequence[str]) -> Stage:
    """Give the stage that runs simulated worlds: always the same ones, unless others are asked for."""
    argv = _python("tests.simulation", *arguments)
    # All of them only compute; the tests mostly wait. With arguments it runs alone.
    return Stage(name="simulation", tool="tests.simulation", argv=argv, is_patient=not arguments)


def _manage(name: str, tool: str, *arguments: str) -> Stage:
    return Stage(name=name, tool=tool, argv=(sys.executable, "manage.py", *arguments), env=dict(_NO_DATABASE))


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)
