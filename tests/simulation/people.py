"""What persons do at the forge: push, close, merge, delete, answer a question themselves."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from closedloop.ports.errors import PortError
from closedloop.ports.forge import CheckOutcome, MergeOrder
from tasks_app.models import PullRequest, Task
from tests.fakes.merging import merge_sha
from tests.simulation.history import BY_HAND
from tests.simulation.scene import CHECKS

if TYPE_CHECKING:
    from tests.fakes.world import FakePull
    from tests.simulation.engine import Engine


def push_to_base(engine: Engine) -> None:
    """Change something on main: another page, our page at the top or below, or the whole of it."""
    dice, scene = engine.dice, engine.scene
    page, word = scene.town.page, f"{dice.random():.6f}"
    texts: tuple[dict[str, str | None], ...] = (
        {"docs/other.md": word},
        {"docs/FAQ.md": page.replace("A notebook for", f"A {word} notebook for")},
        {"docs/FAQ.md": f"{page.rstrip()}\n\n### What is {word}?\n\nA number.\n"},
        {"docs/FAQ.md": page.split("### ")[0]},
    )
    engine.say("a person pushes to main")
    scene.world.push("main", dice.choice(texts))


def answer_themselves(engine: Engine) -> None:
    """Write the answer to a question that waits into the page, just before it would be published."""
    waiting = Task.objects.exclude(state__in=("done", "declined")).order_by("created_at", "pk")
    found = list(waiting.values_list("question", flat=True))
    if found:
        question = engine.dice.choice(found)
        engine.say(f"a person answers {question!r}")
        page = engine.scene.town.page.rstrip()
        engine.scene.world.push("main", {"docs/FAQ.md": f"{page}\n\n### {question}\n\nIt depends.\n"})


def push_to_ours(engine: Engine) -> None:
    """Push a commit to one of our branches."""
    if pull := _any_open(engine):
        engine.say(f"a person pushes to {pull.head_branch}")
        if pull.head_branch in engine.scene.world.repository.branches:
            path = engine.dice.choice(("docs/FAQ.md", "docs/other.md"))
            engine.scene.world.push(pull.head_branch, {path: f"# Mine {engine.dice.random():.6f}\n"})


def close_ours(engine: Engine) -> None:
    """Close one of our pull requests."""
    if pull := _any_open(engine):
        engine.say(f"a person closes #{pull.number}")
        pull.state = "closed"


def delete_ours(engine: Engine) -> None:
    """Delete one of our branches; the forge closes what was open from it."""
    world = engine.scene.world
    if pull := _any_open(engine):
        engine.say(f"a person deletes {pull.head_branch}")
        engine.scene.deleted[pull.head_branch] += 1
        world.repository.branches.pop(pull.head_branch, None)
        pull.state = "closed"


def merge_ours(engine: Engine) -> None:
    """Merge one of our pull requests by hand, whatever its checks say."""
    pull, world = _any_open(engine), engine.scene.world
    if pull is None:
        return
    engine.say(f"a person merges #{pull.number}")
    for name in CHECKS:
        world.report(pull.head_sha, name, CheckOutcome.SUCCESS)
    message = "\n".join(f"trace-id: {pk}" for pk in _carried(pull))
    order = MergeOrder(
        number=pull.number, head_sha=pull.head_sha, method="squash", title=BY_HAND, message=message
    )
    with suppress(PortError):
        pull.merge_sha = merge_sha(world, pull, order)
        pull.state, pull.merged_at = "merged", world.clock()
        world.repository.branches[pull.base_branch] = pull.merge_sha


def _carried(pull: FakePull) -> list[object]:
    row = PullRequest.objects.filter(number=pull.number).first()
    return list(Task.objects.filter(pull=row).order_by("pk").values_list("pk", flat=True)) if row else []


def _any_open(engine: Engine) -> FakePull | None:
    ours = [p for p in engine.scene.world.pulls.values() if p.state == "open" and not p.is_fork]
    return engine.dice.choice(ours) if ours else None


ANYWHERE = (push_to_base, push_to_base, answer_themselves)
OURS = (push_to_ours, close_ours, delete_ours, merge_ours)
