"""Releases that went live on top of a bad one: only what is bad is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.forge import CheckOutcome
from closedloop.ports.probe import ProbeReading
from rollback_app.models import Release, Rollback
from tests.fakes.probe import HEALTHY
from tests.integration.loop.passengers import states

ONE, TWO, THREE = (
    "Which file format does an export have?",
    "How many requests per minute may an API key send?",
    "What does an export hold?",
)
A_SECOND = timedelta(seconds=1)
BAD = ProbeReading(is_ok=False, detail="answered 503", elapsed_ms=1)


@pytest.fixture
def hurt_by(town, monkeypatch):
    """The site answers 503 while any of these questions is on the live page."""

    def break_(*questions):
        def probe(order):
            return BAD if any(f"### {question}" in town.page for question in questions) else HEALTHY

        monkeypatch.setattr(town.prober, "probe", probe)

    return break_


def released(town, *questions):
    """Each one is merged and live before anybody has judged the one before it; hotfixes wait for smoke."""
    ids = []
    for number, question in enumerate(questions, start=1):
        ids.append(town.ask(question))
        while Release.objects.filter(state="verifying").count() < number:
            town.settle(within=A_SECOND / 10)
    town.world.ci = None
    return ids


def smoke_ends(town, outcome=CheckOutcome.SUCCESS):
    for pull in town.world.pulls.values():
        if pull.head_branch.startswith("hotfix/") and pull.state == "open":
            for name in ("lint", "smoke"):
                town.world.report(pull.head_sha, name, outcome)


def taken_back():
    """The releases of all rollbacks, by the order of their merges."""
    merged = list(Release.objects.order_by("merged_at").values_list("pk", flat=True))
    return sorted(merged.index(rollback.release_id) for rollback in Rollback.objects.all())


@pytest.mark.parametrize("smoke_takes", [5, 30, 300])
def test_what_stands_on_a_bad_release_is_judged_once_that_is_gone(town, hurt_by, smoke_takes):
    hurt_by(ONE)
    ids = released(town, ONE, TWO, THREE)
    town.settle(within=smoke_takes * A_SECOND)
    assert (states(*ids), taken_back()) == (["rolling_back", "verifying", "verifying"], [0])
    smoke_ends(town)
    town.settle()
    assert (states(*ids), taken_back()) == (["rolled_back", "done", "done"], [0])
    assert len(town.world.issues) == 1


@pytest.mark.parametrize("bad", [(ONE, TWO), (TWO,)])
def test_what_is_bad_itself_is_taken_back_after_what_was_below_it(town, hurt_by, bad):
    hurt_by(ONE)
    ids = released(town, ONE, TWO)
    hurt_by(*bad)
    town.settle(within=30 * A_SECOND)
    smoke_ends(town)
    town.settle(within=30 * A_SECOND)
    assert (states(*ids), taken_back()) == (["rolling_back", "rolling_back"], [0, 1])
    smoke_ends(town)
    town.settle()
    assert states(*ids) == ["rolled_back", "rolled_back"]


def test_a_rollback_that_waits_for_a_person_holds_nobody_up(town, hurt_by):
    hurt_by(ONE)
    ids = released(town, ONE, TWO)
    town.settle(within=30 * A_SECOND)
    smoke_ends(town, CheckOutcome.FAILURE)
    town.settle(within=30 * A_SECOND)
    assert (states(*ids), taken_back()) == (["needs_operator", "rolling_back"], [0, 1])
