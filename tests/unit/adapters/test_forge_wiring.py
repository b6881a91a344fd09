"""From settings to credentials and breakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.git_push import GitPush
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.forge_wiring import (
    breaker,
    breaker_states,
    git_program,
    git_transport,
    github_tokens,
    has_credentials,
)

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ("GITHUB_TOKEN", "GITHUB_TOKENS", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID")


@pytest.fixture(autouse=True)
def nothing(settings):
    """No way to authenticate is set."""
    for name in WAYS:
        setattr(settings, name, [] if name == "GITHUB_TOKENS" else "")


def named() -> list[str]:
    return [credential.name for credential in github_tokens.__wrapped__().credentials()]


def test_nothing_set_is_nobody():
    assert (named(), has_credentials()) == ([], False)


@pytest.mark.parametrize("name", WAYS)
def test_each_way_alone_is_enough(settings, name: str):
    setattr(settings, name, ["a"] if name == "GITHUB_TOKENS" else "7")
    assert has_credentials()


def test_an_app_comes_first_then_written_tokens_then_the_files(settings, tmp_path: Path):
    path = tmp_path / "tokens"
    path.write_text("three\n", encoding="utf-8")
    settings.GITHUB_APP_ID, settings.GITHUB_TOKEN_FILE = "7", str(path)
    settings.GITHUB_TOKEN, settings.GITHUB_TOKENS = "one", ["two", "one"]
    assert named() == [
        "GitHub App 7",
        "GITHUB_TOKENS 1 of 2",
        "GITHUB_TOKENS 2 of 2",
        "GITHUB_TOKEN_FILE",
    ]


def test_a_breaker_is_one_per_name_and_shows_its_state():
    assert breaker("weather") is breaker("weather")
    assert ("weather", "closed") in {(one.name, one.state) for one in breaker_states()}


@pytest.mark.parametrize(
    ("wanted", "has_git", "way"),
    [
        ("auto", True, GitPush),
        ("git", True, GitPush),
        ("rest", True, GithubGitData),
        ("auto", False, GithubGitData),
    ],
)
def test_content_goes_by_git_where_it_is_there_and_wanted(
    settings, monkeypatch, tmp_path: Path, wanted: str, *, has_git: bool, way: type
):
    settings.GIT_TRANSPORT = wanted
    if not has_git:
        monkeypatch.setenv("PATH", str(tmp_path))
    git_program.cache_clear()
    made = git_transport.__wrapped__()
    git_program.cache_clear()
    assert type(made) is way
