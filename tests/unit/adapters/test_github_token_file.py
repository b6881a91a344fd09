"""Tokens that somebody else replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from closedloop.adapters.github_token_file import TokenFile

if TYPE_CHECKING:
    from pathlib import Path


def tokens(source: TokenFile) -> list[str]:
    return [one.secret() for one in source()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "tokens"
    made.write_text("one\n", encoding="utf-8")
    return made


def replace(path: Path, text: str) -> None:
    """Put another file in its place, as secret stores do."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def test_a_replaced_file_is_taken_over(path: Path):
    source = TokenFile(path, "F")
    assert tokens(source) == ["one"]
    replace(path, "two\nthree, four\n")
    assert tokens(source) == ["two", "three", "four"]


@pytest.mark.parametrize("text", ["", "\n , \n"])
def test_an_empty_file_leaves_the_old_tokens_in_use(path: Path, text: str):
    source = TokenFile(path, "F")
    source()
    replace(path, text)
    assert tokens(source) == ["one"]
    replace(path, "two")
    assert tokens(source) == ["two"]


def test_a_file_that_is_gone_for_a_moment_leaves_the_old_tokens_in_use(path: Path):
    source = TokenFile(path, "F")
    source()
    path.unlink()
    with capture_logs() as lines:
        assert [tokens(source), tokens(source)] == [["one"], ["one"]]
    path.write_text("two", encoding="utf-8")
    assert tokens(source) == ["two"]
    assert [line["event"] for line in lines] == ["forge_tokens_unreadable"]


def test_a_file_that_never_was_gives_no_token(tmp_path: Path):
    assert tokens(TokenFile(tmp_path / "none", "F")) == []


def test_what_is_written_down_holds_no_token(path: Path):
    source = TokenFile(path, "F")
    source()
    replace(path, "secret-two")
    with capture_logs() as lines:
        found = source()
    assert lines == [{"event": "forge_tokens_read", "source": "F", "tokens": 1, "log_level": "info"}]
    assert "secret-two" not in repr(found)
