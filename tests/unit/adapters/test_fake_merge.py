"""The in-memory merge against git's own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.merge3 import merge_texts

if TYPE_CHECKING:
    from pathlib import Path

BASE = [f"line {number}\n" for number in range(8)]


def git_merge(folder: Path, base: str, ours: str, theirs: str) -> str | None:
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text, encoding="utf-8")
    command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


#: One edit per line: kept, changed to this text, or removed. Unique lines leave one way to read a change.
edits = st.lists(st.sampled_from(["keep", "new", "other", "drop", "insert"]), min_size=8, max_size=8)


def edited(plan: list[str]) -> str:
    rules = {"keep": "{0}", "new": "new {0}", "other": "other {0}", "drop": "", "insert": "{0}more {0}"}
    return "".join(rules[act].format(line) for act, line in zip(plan, BASE, strict=True))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ours=edits, theirs=edits)
def test_a_merge_is_clean_exactly_when_gits_is(tmp_path: Path, ours: list[str], theirs: list[str]):
    texts = "".join(BASE), edited(ours), edited(theirs)
    assert merge_texts(*texts) == git_merge(tmp_path, *texts)


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("a\nB\nc\nd\n", "a\nb\nc\nD\n", "a\nB\nc\nD\n"),
        ("a\nB\nc\nd\n", "a\nB\nc\nd\n", "a\nB\nc\nd\n"),
        ("a\nB\nc\nd\n", "a\nb\nC\nd\n", None),
        ("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nf\n", None),
        ("", "a\nb\nc\nd\n", ""),
    ],
)
def test_changes_that_touch_are_a_conflict(ours: str, theirs: str, merged: str | None):
    assert merge_texts("a\nb\nc\nd\n", ours, theirs) == merged
