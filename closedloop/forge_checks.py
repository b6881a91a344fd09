"""Settings checks of how the forge is reached: part of `checks`, which runs them."""

from __future__ import annotations

import os
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import CheckMessage, Error

from closedloop.forge_wiring import OLDEST_GIT, git_cache_trouble, git_program, has_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRANSPORTS = ("auto", "git", "rest")


def _repository() -> Iterator[CheckMessage]:
    if settings.GITHUB_REPO and settings.GITHUB_REPO.count("/") != 1:
        yield Error(
            f"GITHUB_REPO {settings.GITHUB_REPO!r} is no repository name.",
            hint="Set it to owner/name, for example acme/handbook.",
            id="closedloop.E002",
        )
    if bool(settings.GITHUB_REPO) != has_credentials():
        yield Error(
            "GITHUB_REPO and GITHUB_TOKEN (or GITHUB_TOKENS, GITHUB_TOKEN_FILE, GITHUB_APP_ID)"
            " must be set together.",
            hint="Set both, or neither for a process that never talks to the forge.",
            id="closedloop.E003",
        )


def _forge_app() -> Iterator[CheckMessage]:
    has_key = bool(settings.GITHUB_APP_PRIVATE_KEY or settings.GITHUB_APP_PRIVATE_KEY_FILE)
    if bool(settings.GITHUB_APP_ID) != has_key:
        yield Error(
            "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY (or GITHUB_APP_PRIVATE_KEY_FILE) must be set together.",
            hint="Set the app's number and the PEM that was downloaded from its page, or neither.",
            id="closedloop.E021",
        )
    if settings.GITHUB_APP_INSTALLATION_ID and not settings.GITHUB_APP_INSTALLATION_ID.isdecimal():
        yield Error(
            "GITHUB_APP_INSTALLATION_ID is no number.",
            hint="Leave it out: the installation is looked up by the repository.",
            id="closedloop.E022",
        )


def _secret_files() -> Iterator[CheckMessage]:
    for name in ("GITHUB_TOKEN_FILE", "GITHUB_APP_PRIVATE_KEY_FILE"):
        path = getattr(settings, name)
        if path and not os.access(path, os.R_OK):
            yield Error(
                f"{name} names a file that cannot be read: {path}.",
                hint="Correct the path, or let this process' user read the file.",
                id="closedloop.E023",
            )


def _git() -> Iterator[CheckMessage]:
    if settings.GIT_TRANSPORT not in _TRANSPORTS:
        yield Error(
            f"GIT_TRANSPORT {settings.GIT_TRANSPORT!r} is unknown.",
            hint="Use one of: " + ", ".join(_TRANSPORTS) + ".",
            id="closedloop.E024",
        )
    if settings.GIT_TRANSPORT == "git" and git_program() is None:
        yield Error(
            "GIT_TRANSPORT is git, but there is no git on the PATH, or it is too old.",
            hint="Install git {}.{} or newer, or leave GIT_TRANSPORT out.".format(*OLDEST_GIT),
            id="closedloop.E025",
        )
    if settings.GIT_TRANSPORT != "rest" and (trouble := git_cache_trouble()):
        yield Error(
            f"GIT_CACHE_DIR {settings.GIT_CACHE_DIR} {trouble}.",
            hint="Name a folder that does not exist yet, or give this one to this process' user alone.",
            id="closedloop.E026",
        )


def _own_checks() -> Iterator[CheckMessage]:
    for command in settings.CHECK_COMMANDS:
        try:
            shlex.split(command)
        except ValueError as error:
            yield Error(
                f"CHECK_COMMANDS holds {command!r}, which cannot be read: {error}.",
                hint="Close every quotation mark; commands are separated by semicolons.",
                id="closedloop.E027",
            )
    if settings.CHECK_COMMANDS and git_program() is None:
        yield Error(
            "CHECK_COMMANDS need git, and there is none on the PATH, or it is too old.",
            hint="Install git {}.{} or newer, or leave CHECK_COMMANDS out.".format(*OLDEST_GIT),
            id="closedloop.E028",
        )
    if timedelta(0) >= settings.CHECK_TIMEOUT:
        yield Error(
            "CHECK_TIMEOUT_S must be above 0.",
            hint="Leave it out for 10 seconds.",
            id="closedloop.E029",
        )


def _breakers() -> Iterator[CheckMessage]:
    if settings.BREAKER_FAILURES < 1 or settings.BREAKER_PAUSE_S <= 0:
        yield Error(
            "BREAKER_FAILURES and BREAKER_PAUSE_S must be above 0.",
            hint="Leave them out for 5 failures and 5 seconds.",
            id="closedloop.E020",
        )


#: In the order of the README's table.
FORGE_CHECKS: tuple[Callable[[], Iterator[CheckMessage]], ...] = (
    _repository,
    _forge_app,
    _secret_files,
    _git,
    _own_checks,
    _breakers,
)
