"""A repository that wants an approval: the forge merges once it is there."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.acceptance

SETTINGS = {"MERGE_STRATEGY": "auto_merge"}
REVIEWER = {"token": "a-reviewer", "login": "rita"}


def test_what_waits_for_an_approval_is_merged_by_the_forge(world):
    world.lay_rule("pull_request", required_approving_review_count=1)
    world.sandbox.post("/_sandbox/tokens", json=REVIEWER).raise_for_status()
    task_id = world.ask("How many requests per minute may an API key send?")
    world.until(lambda: world.forge("GET", "/pulls"), "a pull request is open")
    (pull,) = world.forge("GET", "/pulls")
    look = f"/pulls/{pull['number']}"
    world.until(lambda: world.forge("GET", look)["auto_merge"], "it is left to the forge")
    world.at_forge("POST", f"{look}/reviews", REVIEWER["token"], event="APPROVE")
    task = world.reaches(task_id, "done")
    assert world.commits_of(task_id) == [task["merge_sha"]]


def test_what_wants_nothing_more_is_merged_at_once(world):
    (rule,) = world.forge("GET", "/rulesets")
    world.at_forge("DELETE", f"/rulesets/{rule['id']}")
    task = world.done("How long is the version history kept?")
    assert world.commits_of(task["task_id"]) == [task["merge_sha"]]
