from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.forge import Check, CheckOutcome, Mergeable, PullView, RequiredCheck, Requirements
from tasks_app.pipeline.ci import NO_CHECKS, Green, Open, Red, counted, read_checks, required_names

HEAD = "a" * 40
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
OK, RED = CheckOutcome.SUCCESS, CheckOutcome.FAILURE
PENDING, SKIPPED = CheckOutcome.PENDING, CheckOutcome.NEUTRAL


def check(name, outcome, *, app_id=None, after_s: float | None = 0.0):
    started_at = None if after_s is None else NOON + timedelta(seconds=after_s)
    return Check(name=name, outcome=outcome, app_id=app_id, started_at=started_at)


def view(*checks):
    return PullView(
        number=1, url="u", state="open", head_sha=HEAD, head_branch="ours", base_branch="main", is_fork=False,
        mergeable=Mergeable.YES, merge_sha=None, merged_at=None, checks=checks,
    )  # fmt: skip


def wants(*names, app_id=None):
    return [RequiredCheck(name=name, app_id=app_id) for name in names]


@pytest.mark.parametrize(
    ("checks", "required", "verdict"),
    [
        ((), wants(), Open(waiting_for=(NO_CHECKS,))),
        ((check("lint", OK),), wants(), Open(waiting_for=(NO_CHECKS,))),
        ((), wants("lint"), Open(waiting_for=("lint",))),
        ((check("lint", OK),), wants("lint"), Green(head_sha=HEAD)),
        ((check("lint", OK), check("smoke", SKIPPED)), wants("lint", "smoke"), Green(head_sha=HEAD)),
        ((check("lint", SKIPPED),), wants("lint"), Open(waiting_for=("lint",))),
        ((check("lint", PENDING),), wants("lint"), Open(waiting_for=("lint",))),
        ((check("lint", OK),), wants("lint", "smoke"), Open(waiting_for=("smoke",))),
        ((check("lint", RED), check("smoke", PENDING)), wants("lint", "smoke"), Red(failed=("lint",))),
        ((check("other", RED), check("lint", OK)), wants("lint"), Green(head_sha=HEAD)),
    ],
)
def test_checks_are_folded_into_one_verdict(checks, required, verdict):
    assert read_checks(view(*checks), required) == verdict


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((check("ci", RED), check("ci", OK, after_s=1)), Green(head_sha=HEAD)),
        ((check("ci", OK, after_s=1), check("ci", RED)), Green(head_sha=HEAD)),
        ((check("ci", OK), check("ci", RED)), Red(failed=("ci",))),
        ((check("ci", RED), check("ci", OK)), Green(head_sha=HEAD)),
        ((check("ci", OK, after_s=None), check("ci", PENDING)), Open(waiting_for=("ci",))),
        # one that is queued again and has no start yet
        ((check("ci", PENDING, after_s=None), check("ci", RED)), Open(waiting_for=("ci",))),
        ((check("ci", RED), check("ci", PENDING, after_s=None)), Open(waiting_for=("ci",))),
        ((check("ci", RED, after_s=None), check("ci", OK)), Green(head_sha=HEAD)),
    ],
)
def test_the_newest_run_of_a_name_counts_and_of_equals_the_one_reported_last(checks, verdict):
    assert read_checks(view(*checks), wants("ci")) == verdict


def test_a_check_bound_to_an_app_is_not_satisfied_by_another():
    required = wants("ci", app_id=7)
    assert read_checks(view(check("ci", OK, app_id=8)), required) == Open(waiting_for=("ci",))
    assert read_checks(view(check("ci", OK, app_id=7)), required) == Green(head_sha=HEAD)


def test_the_checks_that_made_the_verdict_are_the_newest_of_the_required_names():
    lint, again, other = check("lint", RED), check("lint", OK, after_s=1), check("other", OK)
    assert counted(view(lint, again, other), wants("lint", "smoke")) == (again,)


def test_settings_add_names_once_and_cannot_loosen_what_the_forge_binds():
    bound = RequiredCheck(name="ci", app_id=7)
    found = Requirements(checks=(bound,), is_readable=True, is_enforced=True)
    assert required_names(found, ["ci", "lint", "lint"]) == (bound, RequiredCheck(name="lint"))
