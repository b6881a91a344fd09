from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.forge import ChangedFile, Check, CheckOutcome, Mergeable, PullView, RequiredCheck
from tasks_app.pipeline.ci import NO_CHECKS
from tasks_app.pipeline.merge_gate import (
    HELD_UP,
    PASSING,
    Blocker,
    BlockerKind,
    Record,
    blockers,
    look_again_at,
)

PATH, HEAD = "docs/FAQ.md", "a" * 40
VIEW = PullView(
    number=1, url="u", state="open", head_sha=HEAD, head_branch="ours", base_branch="main", is_fork=False,
    mergeable=Mergeable.YES, merge_sha=None, merged_at=None,
    checks=(Check(name="ci", outcome=CheckOutcome.SUCCESS),),
)  # fmt: skip
RECORD = Record(
    base_branch="main", head_sha=HEAD, allowed_paths=frozenset({PATH}), required=(RequiredCheck(name="ci"),),
    is_protection_known=True, freeze_reason="",
)  # fmt: skip
FILES = (ChangedFile(path=PATH, status="modified"),)


def kinds(view=VIEW, files=FILES, record=RECORD):
    return [blocker.kind for blocker in blockers(view, files, record)]


def file(path=PATH, status="modified", previous_path=None):
    return ChangedFile(path=path, status=status, previous_path=previous_path)


def checked(outcome):
    return {"checks": (Check(name="ci", outcome=outcome),)}


def test_nothing_is_said_against_our_own_green_pull_request():
    assert kinds() == []
    assert kinds(files=[file(status="added")]) == []


@pytest.mark.parametrize(
    ("change", "kind", "detail"),
    [
        ({"state": "closed"}, BlockerKind.NOT_OPEN, "it is closed"),
        ({"state": "merged"}, BlockerKind.NOT_OPEN, "it is merged"),
        ({"is_fork": True}, BlockerKind.FORK, "its head is in another repository"),
        ({"base_branch": "next"}, BlockerKind.WRONG_BASE, "it targets next"),
        ({"head_sha": "b" * 40}, BlockerKind.HEAD_MOVED, "somebody pushed bbbbbbbbbbbb"),
        ({"mergeable": Mergeable.NO}, BlockerKind.CONFLICT, "it conflicts with its base"),
        ({"is_behind": True}, BlockerKind.BEHIND, "its base has moved, and it must be up to date"),
        ({"mergeable": Mergeable.UNKNOWN}, BlockerKind.MERGEABLE_UNKNOWN, "the forge is still computing"),
        (checked(CheckOutcome.FAILURE), BlockerKind.CI_RED, "failed: ci"),
        (checked(CheckOutcome.PENDING), BlockerKind.CI_OPEN, "waiting for ci"),
        (checked(CheckOutcome.NEUTRAL), BlockerKind.CI_OPEN, "waiting for ci"),
        ({"checks": ()}, BlockerKind.CI_OPEN, "waiting for ci"),
    ],
)
def test_each_thing_seen_amiss_is_one_blocker(change, kind, detail):
    assert blockers(replace(VIEW, **change), FILES, RECORD) == [Blocker(kind=kind, detail=detail)]


def test_a_merge_queue_brings_up_to_date_what_is_behind():
    assert kinds(view=replace(VIEW, is_behind=True), record=replace(RECORD, is_for_queue=True)) == []


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [(CheckOutcome.FAILURE, "failed: ci, lint"), (CheckOutcome.PENDING, "waiting for ci, lint")],
)
def test_all_checks_in_question_are_named(outcome, detail):
    names = ("ci", "lint")
    view = replace(VIEW, checks=tuple(Check(name=name, outcome=outcome) for name in names))
    record = replace(RECORD, required=tuple(RequiredCheck(name=name) for name in names))
    assert [blocker.detail for blocker in blockers(view, FILES, record)] == [detail]


@pytest.mark.parametrize(
    ("change", "kind", "detail"),
    [
        (
            {"is_protection_known": False},
            BlockerKind.PROTECTION_UNREADABLE,
            "required checks cannot be read: grant the token access or set REQUIRED_CHECKS",
        ),
        ({"freeze_reason": "rollback of abc"}, BlockerKind.FROZEN, "rollback of abc"),
        ({"required": ()}, BlockerKind.CI_OPEN, f"waiting for {NO_CHECKS}"),
    ],
)
def test_each_thing_on_record_amiss_is_one_blocker(change, kind, detail):
    assert blockers(VIEW, FILES, replace(RECORD, **change)) == [Blocker(kind=kind, detail=detail)]


@pytest.mark.parametrize(
    ("files", "touched"),
    [
        ((file("docs/other.md"),), "docs/other.md"),
        ((*FILES, file(".github/workflows/ci.yml")), ".github/workflows/ci.yml"),
        ((file(status="removed"),), "docs/FAQ.md (removed)"),
        ((file(status="renamed", previous_path="README.md"),), "README.md, docs/FAQ.md (renamed)"),
        ((file(status="renamed", previous_path=PATH),), "docs/FAQ.md (renamed)"),
        ((file(status="changed"),), "docs/FAQ.md (changed)"),
    ],
)
def test_only_the_allowed_file_may_be_added_or_modified(files, touched):
    expected = Blocker(kind=BlockerKind.PATH_NOT_ALLOWED, detail=f"it touches {touched}")
    assert blockers(VIEW, files, RECORD) == [expected]


def test_a_pull_request_without_changes_is_not_merged():
    expected = Blocker(kind=BlockerKind.NOTHING_CHANGED, detail="it changes no file")
    assert blockers(VIEW, (), RECORD) == [expected]


def test_strange_paths_are_named_five_at_most():
    found = blockers(VIEW, [file(f"{number}.md") for number in range(9)], RECORD)
    detail = "it touches 0.md, 1.md, 2.md, 3.md, 4.md"
    assert found == [Blocker(kind=BlockerKind.PATH_NOT_ALLOWED, detail=detail)]


def test_all_blockers_are_told_at_once():
    view = replace(VIEW, state="closed", is_fork=True, mergeable=Mergeable.UNKNOWN)
    record = replace(RECORD, freeze_reason="a rollback")
    expected = [
        BlockerKind.NOT_OPEN,
        BlockerKind.FORK,
        BlockerKind.NOTHING_CHANGED,
        BlockerKind.MERGEABLE_UNKNOWN,
        BlockerKind.FROZEN,
    ]
    assert kinds(view, (), record) == expected


def test_what_passes_by_itself_is_waiting_only():
    passing = {BlockerKind.CI_OPEN, BlockerKind.MERGEABLE_UNKNOWN, BlockerKind.FROZEN, BlockerKind.BASE_OPEN}
    assert passing == PASSING


@pytest.mark.parametrize(("kind", "look_s"), [("ci_open", 45.0), ("mergeable_unknown", 30.7)])
def test_what_the_forge_computes_when_asked_is_asked_about_again_soon(kind, look_s):
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    at = look_again_at([Blocker(kind=BlockerKind(kind), detail="")], noon, noon + timedelta(seconds=30))
    assert (at - noon).total_seconds() == look_s


def test_what_is_built_on_another_waits_for_it():
    record = replace(RECORD, waits_for="#7 orchestrator/faq-1")
    found = blockers(VIEW, FILES, record)
    assert found == [Blocker(kind=BlockerKind.BASE_OPEN, detail="#7 orchestrator/faq-1 goes first")]
    assert BlockerKind.BASE_OPEN in HELD_UP
