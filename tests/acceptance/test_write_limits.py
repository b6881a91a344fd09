"""Inside the forge's real limits: all is done, nothing is ever refused, and a rollback goes at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bench.loop_questions import QUESTIONS

if TYPE_CHECKING:
    from tests.acceptance.world import World

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(420)]

#: As GitHub's, which the sandbox enforces; of them two pull requests a minute are for everyday work, which by
#: git would not come near the limit otherwise.
SETTINGS = {
    "WRITES_PER_MINUTE": "80",
    "WRITES_RESERVED_PER_MINUTE": "76",
    "WRITES_PER_HOUR": "500",
    "PROBE_PAUSE_S": "0.2",
}
FIRST, CROWD = QUESTIONS[0], QUESTIONS[1:41]
PATIENCE_S = 300.0
REFUSALS = {403, 429}


@pytest.fixture(scope="module")
def first(world: World) -> dict[str, Any]:
    """A task that is live before the crowd comes."""
    return world.done(FIRST)


@pytest.fixture(scope="module")
def crowd(world: World, first: dict[str, Any]) -> list[str]:
    """Forty questions at once."""
    with ThreadPoolExecutor(len(CROWD)) as pool:
        return list(pool.map(world.ask, CROWD))


def waits_for_its_turn(world: World) -> bool:
    """Whether a pull request waits longer for the budget than anything else would let it wait."""
    return bool(
        world.rows(
            "SELECT 1 FROM tasks_app_pullrequest WHERE state = 'publishing' AND lease_until IS NULL"
            " AND next_look_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '+5 seconds')"
        )
    )


def states(world: World, ids: list[str]) -> Counter[str]:
    return Counter(world.task(task_id)["task_state"] for task_id in ids)


def refused(world: World) -> list[str]:
    """What the forge answered with a refusal, as it says itself."""
    spans = world.sandbox.get("/_sandbox/log").raise_for_status().json()
    return [span["name"] for span in spans if span["detail"].get("status") in REFUSALS]


def test_a_rollback_goes_at_once_while_the_crowd_has_to_wait(world, first, crowd, token):
    world.until(lambda: waits_for_its_turn(world), "everyday work that has to wait")
    assert states(world, crowd)["done"] < len(crowd)
    answer = world.act(first["task_id"], "rollback", token)
    assert answer.status_code == 202, answer.text
    undone = world.reaches(first["task_id"], "rolled_back")
    (row,) = world.rows(
        "SELECT (julianday(merged_at) - julianday(decided_at)) * 86400 AS s FROM rollback_app_rollback"
    )
    assert row["s"] < 20, undone


def test_forty_at_once_are_all_done(world, crowd):
    world.until(lambda: states(world, crowd)["done"] == len(crowd), "the crowd", PATIENCE_S)


def test_the_forge_never_had_to_refuse_anything(world, crowd):
    assert refused(world) == []


def test_the_sandbox_does_refuse_who_writes_too_fast(world, crowd):
    answers = [
        world.sandbox.post(
            "/api/v3/repos/acme/handbook/git/blobs",
            json={"content": str(number)},
            headers={"Authorization": f"Bearer {world.stack.env['GITHUB_TOKEN']}"},
        ).status_code
        for number in range(81)
    ]
    assert answers[-1] == 403
