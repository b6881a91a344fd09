"""What has to happen in a stack so that every point is passed: one function for each way through the loop.

Each act is made twice where a row passes a commit only once: the first row dies before and after the
commit, the second after the message went out.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from tasks_app.services.heads import FRESH
from tests.acceptance.world import RESTING
from tests.faults.broker import redis_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.faults.ruins import Ruins

CHAT = "POST /v1/chat/completions"
MERGE = "PUT /repos/*/pulls/*/merge"
BASE = "GET /repos/*/git/ref/heads/main"
NO_SOURCE = "What is the capital of France?"
_ENDED = ("needs_operator", "done")
UNSAFE = [f"My password is Tr0ub4dor&{n}xyz, how many characters must a password have?" for n in range(6)]


def struck(world: Ruins, *names: str) -> Callable[[], bool]:
    """Whether every point of these commits or calls has killed somebody."""
    assert world.book is not None
    book = world.book
    return lambda: not any(point.rpartition(":")[0] in names for point in book.armed())


def while_armed(world: Ruins, questions: Iterable[str], *names: str, least: int = 2) -> Iterator[str]:
    """The questions, `least` of them in any case, until these points have killed somebody.

    A thread that dies of a neighbour's point skips its own, so that there may have to be another go.
    """
    is_struck = struck(world, *names)
    for number, question in enumerate(questions):
        if number >= least and is_struck():
            return
        yield question


def row_update(world: Ruins, statement: str, *values: str) -> int:
    """Change a row as no user could: time that has passed, or attempts that were lost."""
    with closing(sqlite3.connect(world.directory / "closedloop.sqlite3", timeout=20)) as base, base:
        return base.execute(statement, values).rowcount


def straight(world: Ruins, questions: Iterable[str]) -> None:
    """Many questions at once, all the way to production; some that are declined."""
    ids = [world.ask(question) for question in questions]
    declined = [world.ask(NO_SOURCE), world.ask(UNSAFE[0])]
    world.until(lambda: world.all_rest([*ids, *declined]), "everything is done")
    for one in ids:
        world.reaches(one, "done")
    for one in declined:
        world.reaches(one, "declined")
    for question in while_armed(world, UNSAFE[1:], "decline", least=0):
        world.reaches(world.ask(question), "declined")


def bad_weather(world: Ruins, questions: Iterable[str]) -> None:
    """Model and forge fail for a while: tried again, given up by name when it lasts."""
    world.arm("status", route=CHAT, status=500, times=None)
    poisoned, late, *others = [[world.ask(question) for question in pair] for pair in _pairs(questions)]
    world.until(struck(world, "model_again"), "the model is tried again")
    for one in poisoned:
        world.until(partial(_has_left, world, one, "attempts = 60"), f"{one} was lost too often")
        world.reaches(one, "failed")
    for one in late:
        # And nobody looks at it: who tried the model now would see that it is late, and answer without it.
        late_now = "deadline_at = '2001-01-01', next_look_at = '2999-01-01'"
        world.until(partial(_has_left, world, one, late_now), f"{one} is late")
        world.reaches(one, "failed")
    world.disarm()
    for one in [one for pair in others for one in pair]:
        world.reaches(one, "done")


def _pairs(questions: Iterable[str]) -> list[tuple[str, str]]:
    listed = list(questions)
    return list(zip(listed[::2], listed[1::2], strict=True))


def _has_left(world: Ruins, task_id: str, change: str) -> bool:
    """Change the row as long as nobody has it in hand, until it is generated no more."""
    statement = (
        f"UPDATE agent_tasks SET {change} WHERE task_id = ? AND state = 'generating' AND lease_until IS NULL"  # noqa: S608 - ours
    )
    row_update(world, statement, UUID(task_id).hex)
    return not world.is_at(task_id, "queued", "generating")


def forge_trouble(world: Ruins, questions: Iterable[str], token: str) -> None:
    """The forge is away, then refuses the token, then is well again; an operator resumes."""
    world.arm("status", route=BASE, status=502, times=None)
    ids = [world.ask(question) for question in questions]
    world.until(struck(world, "try_later"), "steps are put off")
    world.disarm()
    world.arm("status", route=BASE, status=401, times=None, body='{"message": "Bad credentials"}')
    # Who read the branch between the two still knows it for a while, and would not meet the trouble.
    fresh_until = time.monotonic() + FRESH.total_seconds()
    world.until(lambda: time.monotonic() > fresh_until, "the branch is asked for again")
    ids += [world.ask(f"{question} Really?") for question in questions]
    world.until(lambda: all(s in RESTING for s in world.states().values()), "operators are asked")
    world.disarm()
    for one in ids:
        if world.is_at(one, "needs_operator"):
            world.press(one, "retry", token)
        world.reaches(one, "done", "declined")


def slowed_down(world: Ruins, question: str) -> None:
    """Somebody else was told by the forge to slow down: writes wait, and nothing was tried."""
    is_struck = struck(world, "pause")
    block = (
        "UPDATE tasks_app_writebudget SET blocked_until = strftime('%Y-%m-%d %H:%M:%f', 'now', '+2 seconds')"
    )
    assert row_update(world, block)
    one = world.ask(question)
    world.until(lambda: is_struck() or (row_update(world, block) and False), "writes wait")
    world.reaches(one, "done")


def red_ci(world: Ruins, questions: Iterable[str], token: str) -> None:
    """CI fails, one after the other; an operator retries."""
    for question in while_armed(world, questions, "abandon", "retry", "notified"):
        world.arm("red_ci", check="lint")
        one = world.ask(question)
        world.reaches(one, "failed")
        world.until(lambda: _retried(world, one, token), "the retry is taken")  # noqa: B023
        world.reaches(one, "done")


def _retried(world: Ruins, one: str, token: str) -> bool:
    """Whoever hears nothing presses again; the second press may find it done."""
    world.press(one, "retry", token)
    return not world.is_at(one, "failed", "needs_operator")


def cancelled(world: Ruins, questions: Iterable[str], token: str) -> None:
    """Cancelled while CI runs: closed on the forge, and gone."""
    for question in while_armed(world, questions, "cancel", "closed"):
        world.arm("slow_ci", delay_ms=6000)
        one = world.ask(question)
        world.until(lambda: world.is_at(one, "awaiting_ci"), "CI runs")  # noqa: B023
        world.until(lambda: _cancelled(world, one, token), "the wish is written down")  # noqa: B023
        world.reaches(one, "cancelled")
    world.until(
        lambda: not world.rows("SELECT id FROM tasks_app_pullrequest WHERE state = 'closing'"), "all closed"
    )


def _cancelled(world: Ruins, one: str, token: str) -> bool:
    world.press(one, "cancel", token)
    return bool(world.task(one)["cancel_requested_at"]) or world.is_at(one, "cancelled")


def asked_twice(world: Ruins, first: str, questions: Iterable[str]) -> None:
    """The same questions again after their hour: they wait together, and the second get off."""
    world.arm("slow_ci", delay_ms=5000)
    ids = [world.ask(first)]
    world.until(lambda: world.is_at(ids[0], "awaiting_ci"), "the lane is occupied")
    for question in questions:
        one = world.ask(question)
        row_update(
            world,
            "UPDATE tasks_app_questionkey SET expires_at = '2001-01-01' WHERE task_id = ?",
            UUID(one).hex,
        )
        ids += [one, world.ask(question)]
    world.until(lambda: world.all_rest(ids), "all of them rest")
    for one in ids:
        world.reaches(one, "done", "declined")
    assert sum(world.is_at(one, "declined") for one in ids) == (len(ids) - 1) / 2


def unknown_merge(world: Ruins, questions: Iterable[str], token: str) -> None:
    """The forge keeps refusing the merge until it is given up: whether it happened is asked again.

    A request that was on its way when the forge was well again may still merge: then there is another go.
    """
    for question in while_armed(world, questions, "merge_still_unknown", least=1):
        _give_up_merging(world, question, token)


def _give_up_merging(world: Ruins, question: str, token: str) -> None:
    world.arm("status", route=MERGE, status=405, times=None, body='{"message": "Base branch was modified"}')
    one = world.ask(question)
    world.until(lambda: world.is_at(one, "merging"), "the merge is refused")
    late = "UPDATE tasks_app_pullrequest SET deadline_at = '2001-01-01' WHERE state = 'merging'"
    # Each try puts the deadline off by the time it waits.
    world.until(
        lambda: world.is_at(one, *_ENDED) or (row_update(world, late) and False), "merging is given up"
    )
    world.disarm()
    again = (
        "UPDATE tasks_app_pullrequest SET next_look_at = '2001-01-01', hinted_at = NULL"
        " WHERE state = 'abandoned' AND next_look_at IS NOT NULL AND lease_until IS NULL"
    )
    is_struck = struck(world, "merge_still_unknown")
    world.until(
        lambda: is_struck() or world.is_at(one, "done") or (row_update(world, again) and False),
        "it is asked again",
    )
    if world.is_at(one, "needs_operator"):
        world.press(one, "retry", token)
    world.reaches(one, "done")


def copies_lost(world: Ruins) -> None:
    """The copies on the board vanish, as in a flush: they are hung up again."""
    client, is_struck = redis_of(world), struck(world, "board.pin_missing")
    world.until(lambda: is_struck() or (client.delete("agent:board") and False), "copies are hung up again")


def database_away(world: Ruins, questions: Iterable[str]) -> None:
    """Somebody locks the database: a question waits in the spool, and is replayed once it is free.

    Who is asked right after that has to look whether the same waits there: once for each web process.
    """
    ids = []
    for spooled, later in _pairs(questions):
        with closing(sqlite3.connect(world.directory / "closedloop.sqlite3", isolation_level=None)) as base:
            base.execute("BEGIN IMMEDIATE")
            ids.append(world.ask(spooled))
            base.execute("ROLLBACK")
        ids.append(world.ask(later))
        world.until(lambda: set(ids) <= set(world.states()), "what was spooled is replayed")
    world.until(lambda: world.all_rest(ids), "all of them rest")
    for one in ids:
        world.reaches(one, "done")
