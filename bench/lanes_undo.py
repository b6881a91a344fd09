"""Each task can be taken back alone: some by chance are, and exactly their entries leave."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from bench.lanes_history import operation_of
from tasks_app.pipeline import faq
from tasks_app.pipeline.faq import Removed
from tests.acceptance.world import FAQ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.acceptance.world import World

_PATIENCE_S = 120.0


def undo_some(world: World, merged: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Roll some back by the API, one after the other; everything that was not as it should be."""
    if not count or not merged:
        return []
    world.disarm()  # how long a rollback takes is measured elsewhere
    token, dice = world.new_token(), random.Random(len(merged))
    chosen = dice.sample(list(merged), min(count, len(merged)))
    return [problem for task in chosen for problem in _undo(world, task["task_id"], token)]


def _undo(world: World, task_id: str, token: str) -> list[str]:
    head, page, task = world.git("rev-parse", "main").strip(), world.faq(), world.task(task_id)
    if not world.stack.wait_until(lambda: world.is_at(task_id, "done"), _PATIENCE_S):
        return [f"{task_id} is merged and not done, but {world.task(task_id)['task_state']}"]
    answer = world.act(task_id, "rollback", token)
    if answer.status_code != 202:
        return [f"{task_id}: the rollback was answered {answer.status_code} {answer.text}"]
    if not world.stack.wait_until(lambda: world.is_at(task_id, "rolled_back"), _PATIENCE_S):
        return [f"{task_id} was not rolled back, but is {world.task(task_id)['task_state']}"]
    wanted = faq.remove(page, operation_of(task))
    problems = [] if isinstance(wanted, Removed) and wanted.text == world.faq() else ["another page"]
    touched = world.git("diff", "--name-only", head, "main").split()
    problems += [] if touched == [FAQ] else [f"touched {touched}"]
    return [f"{task_id}: {problem}" for problem in problems]
