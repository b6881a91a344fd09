"""Puts the forge's doctor together; part of wiring, apart from it because only one command needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.adapters.github_doctor import Finding, GithubDoctor
from closedloop.adapters.github_reader import GithubPullReader
from closedloop.forge_wiring import github_reader, has_credentials

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Finding", "check_forge_access", "has_credentials"]


def check_forge_access(now: datetime) -> list[Finding]:
    """What an operator must know about token, repository and protection; raises no PortError."""
    doctor = GithubDoctor(github_reader(), GithubPullReader(github_reader()))
    return doctor.check_access(
        branch=settings.GITHUB_BASE_BRANCH, smoke_checks=tuple(settings.SMOKE_CHECKS), now=now
    )
