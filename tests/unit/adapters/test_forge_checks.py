"""Wrong settings of the forge are refused at start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.forge_checks import FORGE_CHECKS
from closedloop.forge_wiring import git_program

NONE = {
    "GITHUB_REPO": "acme/handbook", "GITHUB_TOKEN": "", "GITHUB_TOKENS": [], "GITHUB_TOKEN_FILE": "",
    "GITHUB_APP_ID": "", "GITHUB_APP_PRIVATE_KEY": "", "GITHUB_APP_PRIVATE_KEY_FILE": "",
    "GITHUB_APP_INSTALLATION_ID": "", "GIT_TRANSPORT": "auto", "GIT_CACHE_DIR": "/no/such/folder",
    "CHECK_COMMANDS": [], "CHECK_TIMEOUT": timedelta(seconds=20),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, ["E003"]),
        ({"GITHUB_REPO": ""}, []),
        ({"GITHUB_TOKEN": "t"}, []),
        ({"GITHUB_TOKENS": ["t"]}, []),
        ({"GITHUB_TOKEN": "t", "GITHUB_REPO": ""}, ["E003"]),
        ({"GITHUB_TOKEN": "t", "GITHUB_REPO": "handbook"}, ["E002"]),
        ({"GITHUB_TOKEN_FILE": "/no/such/file"}, ["E023"]),
        ({"GITHUB_TOKEN_FILE": __file__}, []),
        ({"GITHUB_APP_ID": "7"}, ["E021"]),
        ({"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY": "pem"}, []),
        ({"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": "/no/such/file"}, ["E023"]),
        ({"GITHUB_TOKEN": "t", "GITHUB_APP_PRIVATE_KEY": "pem"}, ["E021"]),
        ({"GITHUB_TOKEN": "t", "GITHUB_APP_INSTALLATION_ID": "x"}, ["E022"]),
        ({"GITHUB_TOKEN": "t", "GIT_TRANSPORT": "svn"}, ["E024"]),
        ({"GITHUB_TOKEN": "t", "GIT_TRANSPORT": "git"}, []),
        ({"GITHUB_TOKEN": "t", "GIT_CACHE_DIR": __file__}, ["E026"]),
        ({"GITHUB_TOKEN": "t", "GIT_CACHE_DIR": __file__, "GIT_TRANSPORT": "rest"}, []),
        ({"GITHUB_TOKEN": "t", "CHECK_COMMANDS": ["lint --strict", "'a b' c"]}, []),
        ({"GITHUB_TOKEN": "t", "CHECK_COMMANDS": ["lint", "it's"]}, ["E027"]),
        ({"GITHUB_TOKEN": "t", "CHECK_TIMEOUT": timedelta(0)}, ["E029"]),
        ({"GITHUB_TOKEN": "t", "BREAKER_FAILURES": 0}, ["E020"]),
        ({"GITHUB_TOKEN": "t", "BREAKER_PAUSE_S": 0.0}, ["E020"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(settings, changes: dict[str, object], ids: list[str]):
    for name, value in {**NONE, **changes}.items():
        setattr(settings, name, value)
    found = [message for check in FORGE_CHECKS for message in check()]
    assert [str(message.id).removeprefix("closedloop.") for message in found] == ids
    assert all(message.hint for message in found)


def test_git_is_missed_where_it_was_asked_for(settings, monkeypatch, tmp_path):
    wanted = {"GITHUB_TOKEN": "t", "GIT_TRANSPORT": "git", "CHECK_COMMANDS": ["lint"]}
    for name, value in {**NONE, **wanted}.items():
        setattr(settings, name, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    git_program.cache_clear()
    found = [message for check in FORGE_CHECKS for message in check()]
    git_program.cache_clear()
    assert [(message.id, message.hint) for message in found] == [
        ("closedloop.E025", "Install git 2.31 or newer, or leave GIT_TRANSPORT out."),
        ("closedloop.E028", "Install git 2.31 or newer, or leave CHECK_COMMANDS out."),
    ]
