from __future__ import annotations

from dataclasses import replace

import pytest

from closedloop.ports.forge import ChangedFile, Check, CheckOutcome, Mergeable, PullView, RequiredCheck
from tasks_app.pipeline.merge_gate import PASSING, Blocker, BlockerKind, Record, blockers

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
    ("change", "kind"),
    [
        ({"state": "closed"}, BlockerKind.NOT_OPEN),
        ({"state": "merged"}, BlockerKind.NOT_OPEN),
        ({"is_fork": True}, BlockerKind.FORK),
        ({"base_branch": "next"}, BlockerKind.WRONG_BASE),
        ({"head_sha": "b" * 40}, BlockerKind.HEAD_MOVED),
        ({"mergeable": Mergeable.NO}, BlockerKind.CONFLICT),
        ({"mergeable": Mergeable.UNKNOWN}, BlockerKind.MERGEABLE_UNKNOWN),
        (checked(CheckOutcome.FAILURE), BlockerKind.CI_RED),
        (checked(CheckOutcome.PENDING), BlockerKind.CI_OPEN),
        (checked(CheckOutcome.NEUTRAL), BlockerKind.CI_OPEN),
        ({"checks": ()}, BlockerKind.CI_OPEN),
    ],
)
def test_each_thing_seen_amiss_is_one_blocker(change, kind):
    assert kinds(replace(VIEW, **change)) == [kind]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"is_protection_known": False}, BlockerKind.PROTECTION_UNREADABLE),
        ({"freeze_reason": "rollback of abc"}, BlockerKind.FROZEN),
        ({"required": ()}, BlockerKind.CI_OPEN),
    ],
)
def test_each_thing_on_record_amiss_is_one_blocker(change, kind):
    assert kinds(record=replace(RECORD, **change)) == [kind]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ((), BlockerKind.NOTHING_CHANGED),
        ((file("docs/other.md"),), BlockerKind.PATH_NOT_ALLOWED),
        ((*FILES, file(".github/workflows/ci.yml")), BlockerKind.PATH_NOT_ALLOWED),
        ((file(status="removed"),), BlockerKind.PATH_NOT_ALLOWED),
        ((file(status="renamed", previous_path="README.md"),), BlockerKind.PATH_NOT_ALLOWED),
        ((file(status="renamed", previous_path=PATH),), BlockerKind.PATH_NOT_ALLOWED),
        ((file(status="changed"),), BlockerKind.PATH_NOT_ALLOWED),
    ],
)
def test_only_the_allowed_file_may_be_added_or_modified(files, kind):
    assert kinds(files=files) == [kind]


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
    assert {BlockerKind.CI_OPEN, BlockerKind.MERGEABLE_UNKNOWN, BlockerKind.FROZEN} == PASSING
