"""Judging probes, and which probes there are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollback_app.policy import Healthy, LookAgain, Reading, Unhealthy, judge_rounds
from rollback_app.probes import Places, ProbePlan, Published, health_round, release_round

GOOD = [Reading(kind="healthz", is_ok=True, detail="answered 200")]
BAD = [*GOOD, Reading(kind="front_page", is_ok=False, detail="answered 502")]
REASONS = ("front_page: answered 502",)

PLACES = Places(
    health_url="https://s/healthz",
    site_url="https://s/",
    faq_page_url="https://s/faq",
    self_url="https://me",
    errors_url="https://e?v={version}",
)
NOWHERE = Places(health_url="", site_url="", faq_page_url="", self_url="", errors_url="")
ENTRIES = [Published(task_id=name, question=f"{name}?", answer=f"{name}.") for name in ("a", "b")]


@pytest.mark.parametrize(
    ("rounds", "is_late", "verdict"),
    [
        ([GOOD], False, Healthy()),
        ([GOOD], True, Healthy()),
        ([BAD, BAD, BAD, GOOD], False, Healthy()),
        ([BAD], False, LookAgain(reasons=REASONS)),
        ([BAD, BAD], False, LookAgain(reasons=REASONS)),
        ([BAD, BAD, BAD], False, Unhealthy(reasons=REASONS)),
        ([BAD, GOOD, BAD, BAD], False, LookAgain(reasons=REASONS)),
        ([GOOD, BAD, BAD, BAD], False, Unhealthy(reasons=REASONS)),
        ([BAD], True, Unhealthy(reasons=REASONS)),
        ([GOOD, BAD], True, Unhealthy(reasons=REASONS)),
    ],
)
def test_one_bad_round_proves_nothing_and_a_good_one_everything(rounds, is_late, verdict):
    assert judge_rounds(rounds, is_late=is_late) == verdict


def test_every_bad_probe_of_the_last_round_is_a_reason():
    both = [replace(BAD[1], kind="a"), replace(BAD[1], kind="b")]
    assert judge_rounds([both], is_late=False) == LookAgain(reasons=("a: answered 502", "b: answered 502"))


def test_health_is_asked_wherever_there_is_an_address():
    assert [(plan.kind, plan.url) for plan in health_round(PLACES)] == [
        ("healthz", "https://s/healthz"),
        ("front_page", "https://s/"),
        ("faq_page", "https://s/faq"),
    ]
    assert health_round(NOWHERE) == []


def test_a_release_is_asked_for_every_answer_and_for_ourselves():
    plans = release_round(PLACES, "abc", ENTRIES)
    kinds = [
        "healthz",
        "front_page",
        "answer:a",
        "answer:b",
        "new_errors",
        "task_endpoint",
        "worker_heartbeat",
    ]
    assert [plan.kind for plan in plans] == kinds
    assert plans[2] == ProbePlan(kind="answer:a", url="https://s/faq", texts=("a?", "a."))
    assert plans[4] == ProbePlan(kind="new_errors", url="https://e?v=abc", fields=(("", "[]"),))
    assert plans[5] == ProbePlan(
        kind="task_endpoint", url="https://me/api/agent/tasks/a", fields=(("task_id", "a"),)
    )
    assert plans[6] == ProbePlan(kind="worker_heartbeat", url="https://me/api/v1/health/workers")


def test_nothing_is_asked_of_places_that_are_not_configured():
    assert release_round(NOWHERE, "abc", ENTRIES) == []


def test_without_entries_only_the_environment_is_asked():
    assert [plan.kind for plan in release_round(PLACES, "abc", [])] == ["healthz", "front_page", "new_errors"]
