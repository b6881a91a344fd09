"""No webhook and no hint ever arrives: everything still happens, only later."""

from __future__ import annotations

import pytest

from bench.loop_questions import QUESTIONS
from tests.faults.crew import forgetful
from tests.faults.evidence import wrongs
from tests.faults.ruins import ruins

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with ruins(tmp_path_factory.mktemp("quiet"), crew=forgetful, PROBE_PAUSE_S="0.3") as started:
        for hook in started.forge("GET", "/hooks"):
            started.forge("DELETE", f"/hooks/{hook['id']}")
        yield started


def test_everything_completes(world):
    ids = [world.ask(question) for question in QUESTIONS[:10]]
    world.until(world.all_rest, "everything rests")
    assert {one: world.task(one)["state"] for one in ids} == dict.fromkeys(ids, "done")
    assert wrongs(world) == []


def test_what_breaks_the_site_is_taken_back(world):
    world.arm("broken_health", release="next", status=503)
    world.reaches(world.ask(QUESTIONS[11]), "rolled_back")
    assert wrongs(world) == []


def test_no_webhook_came(world):
    assert world.rows("SELECT * FROM tasks_app_inboxdelivery") == []
