"""Puts the forge's doctor together; part of wiring, apart from it because only one command needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.adapters.git_doctor import GitDoctor
from closedloop.adapters.github_doctor import Finding, GithubDoctor
from closedloop.adapters.github_reader import GithubPullReader
from closedloop.forge_wiring import git_cache_trouble, git_program, git_remote, github_reader, has_credentials

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Finding", "check_forge_access", "check_git", "has_credentials"]


def check_forge_access(now: datetime) -> list[Finding]:
    """What an operator must know about token, repository and protection; raises no PortError."""
    doctor = GithubDoctor(github_reader(), GithubPullReader(github_reader()))
    return doctor.check_access(
        branch=settings.GITHUB_BASE_BRANCH, smoke_checks=tuple(settings.SMOKE_CHECKS), now=now
    )


def check_git() -> list[Finding]:
    """Whether content goes up by git or by REST, and whether that way is open; raises no PortError."""
    program, wanted = git_program(), settings.GIT_TRANSPORT
    doctor = GitDoctor(program, git_remote(), patience_s=2 * settings.GITHUB_TIMEOUT_S)
    found = [doctor.way(wanted)]
    if wanted == "rest" or program is None:
        return found
    if settings.GITHUB_REPO and has_credentials():
        found.append(doctor.reach(settings.GITHUB_BASE_BRANCH))
    if trouble := git_cache_trouble():
        text = f"GIT_CACHE_DIR {settings.GIT_CACHE_DIR} {trouble}"
        mend = "Remove it, or give it to this process' user alone."
        found.append(Finding(code="cache", is_ok=False, text=text, mend=mend))
    return found
