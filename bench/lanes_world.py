"""The whole loop in a directory of its own, in a world that is as slow and as strict as GitHub."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2

from bench.lanes_person import Person
from bench.lanes_questions import DOCUMENT, document
from scripts.local.stack import Stack
from tests.acceptance.world import SILENCE, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.lanes_plan import Pace
    from scripts.local.children import Child

#: One address asks everything here; what the product would refuse to it is measured elsewhere.
_SETTINGS = {"SUBMIT_LIMIT_PER_MINUTE": "0"}
_MODEL = "POST /v1/chat/completions"


def strict(child: Child) -> Sequence[Child]:
    """As usual, but the sandbox also keeps the pause that GitHub asks for between writes."""
    return (replace(child, argv=(*child.argv, "--pace")) if child.name == "sandbox" else child,)


def strict_alone(child: Child) -> Sequence[Child]:
    """The sandbox and nothing of the product, whose place another flow takes."""
    if child.name != "sandbox":
        return () if child.name not in {"redis", "spool"} else (child,)
    without_hook = tuple(word for word in child.argv if not word.startswith("--hook-"))
    return (replace(child, argv=(*without_hook, "--pace")),)


@contextmanager
def running(directory: Path, *, facts: int, is_naive: bool = False) -> Iterator[World]:
    """Everything ready, with so many facts in the repository."""
    crew = strict_alone if is_naive else strict
    limits = httpx2.Limits(max_connections=200, keepalive_expiry=SILENCE.keepalive_expiry)
    with (
        Stack.in_directory(directory, print, crew=crew, **_SETTINGS) as stack,
        httpx2.Client(base_url=stack.web_url, timeout=60, limits=limits) as web,
        httpx2.Client(base_url=stack.sandbox_url, timeout=60, limits=limits) as sandbox,
    ):
        world = World(stack=stack, directory=directory, web=web, sandbox=sandbox)
        let_people_push(world)
        person = Person(world)
        person.write(lambda clone: (clone / DOCUMENT).write_text(document(facts), encoding="utf-8"), "Facts")
        yield world


def slow_down(world: World, pace: Pace) -> None:
    """Let CI, model and deploy take their time from now on."""
    world.arm("slow_ci", delay_ms=int(pace.ci_s * 1000), times=None)
    world.arm("slow_deploy", delay_ms=int(pace.deploy_s * 1000), times=None)
    world.arm("delay", route=_MODEL, delay_ms=int(pace.model_s * 1000), times=None)


def let_people_push(world: World) -> None:
    """An administrator may pass the protection of the base branch, as many a repository has it."""
    world.forge("DELETE", "/branches/main/protection/enforce_admins")
