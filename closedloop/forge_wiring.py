"""Settings → the forge's clients, its tokens and the breakers; part of wiring, which has the rest."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.adapters.breaker import Breaker, BreakerState
from closedloop.adapters.command_checks import CommandChecks
from closedloop.adapters.git_bases import GitBases, GitTools
from closedloop.adapters.git_cache import GitCache, trouble_with
from closedloop.adapters.git_program import MINIMUM, GitProgram, find_git
from closedloop.adapters.git_push import GitPush
from closedloop.adapters.git_remote import GitRemote
from closedloop.adapters.github_app import AppConfig, AppInstallation
from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.adapters.github_token_file import TokenFile
from closedloop.adapters.github_tokens import FixedToken, TokenPool, fixed_tokens
from closedloop.adapters.local_tally import LocalTally
from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from closedloop.ports.git import GitTransport
    from closedloop.ports.own_checks import OwnChecks

__all__ = [
    "OLDEST_GIT",
    "BreakerState",
    "breaker",
    "breaker_states",
    "forge_tally",
    "git_cache_trouble",
    "git_program",
    "git_remote",
    "git_transport",
    "github_reader",
    "github_tokens",
    "github_writer",
    "has_credentials",
    "own_checks",
]

#: Major and minor number.
OLDEST_GIT = MINIMUM

_breakers: dict[str, Breaker] = {}


def breaker(name: str) -> Breaker:
    """The breaker of that name in this process: `forge_reads`, `forge_writes`, `forge_git` or `model`."""
    if name not in _breakers:
        pause = timedelta(seconds=settings.BREAKER_PAUSE_S)
        _breakers.setdefault(name, Breaker(name, failures=settings.BREAKER_FAILURES, pause=pause))
    return _breakers[name]


def breaker_states() -> tuple[BreakerState, ...]:
    """Every breaker that this process has used, for heartbeats and health."""
    return tuple(one.state() for one in list(_breakers.values()))


def has_credentials() -> bool:
    """Whether any way to authenticate at the forge is set."""
    names = ("GITHUB_TOKEN", "GITHUB_TOKENS", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID")
    return any(getattr(settings, name) for name in names)


@cache
def github_tokens() -> TokenPool:
    """The tokens of this process, and what it knows of them; an app before tokens, as it may do more."""
    name = "GITHUB_TOKENS" if settings.GITHUB_TOKENS else "GITHUB_TOKEN"
    written = fixed_tokens(settings.GITHUB_TOKEN, *settings.GITHUB_TOKENS, name=name)
    app = (_app(),) if settings.GITHUB_APP_ID else ()
    path = settings.GITHUB_TOKEN_FILE
    kept = TokenFile(Path(path), "GITHUB_TOKEN_FILE") if path else tuple[FixedToken, ...]
    return TokenPool(lambda: (*app, *written, *kept()))


def _app() -> AppInstallation:
    path, number = settings.GITHUB_APP_PRIVATE_KEY_FILE, settings.GITHUB_APP_INSTALLATION_ID
    key = settings.GITHUB_APP_PRIVATE_KEY
    return AppInstallation(
        AppConfig(
            app_id=settings.GITHUB_APP_ID,
            private_key=lambda: Path(path).read_text(encoding="utf-8") if path else key,
            installation_id=int(number) if number else None,
            github=_config(),
        )
    )


@cache
def github_reader() -> GithubClient:
    """The client that may repeat what it asks."""
    return _client(is_writer=False, guard=breaker("forge_reads"))


@cache
def github_writer() -> GithubClient:
    """The client that sends everything once."""
    return _client(is_writer=True, guard=breaker("forge_writes"))


def _client(*, is_writer: bool, guard: Breaker) -> GithubClient:
    return GithubClient(_config(), github_tokens(), is_writer=is_writer, breaker=guard, tally=forge_tally())


@cache
def forge_tally() -> LocalTally:
    """What this process has sent to the forge and nobody has written down yet."""
    return LocalTally()


@cache
def git_program() -> GitProgram | None:
    """Git on this machine, if it is there and new enough."""
    return find_git()


def git_cache_trouble() -> str:
    """Why GIT_CACHE_DIR cannot be used; empty when it can, or is still to be made."""
    folder = Path(settings.GIT_CACHE_DIR)
    return trouble_with(folder) if folder.exists() else ""


def git_remote() -> GitRemote:
    """The repository as git reaches it."""
    return GitRemote(_config(), github_tokens(), breaker("forge_git"), forge_tally())


@cache
def git_transport() -> GitTransport:
    """By git where GIT_TRANSPORT lets it and it is there, else by REST."""
    program = git_program() if settings.GIT_TRANSPORT != "rest" else None
    if program is None:
        return GithubGitData(writes=github_writer(), reads=github_reader())
    # Fetch and push, and still an answer before somebody else takes the work to be lost.
    act_s = min(2 * settings.GITHUB_TIMEOUT_S, 0.8 * settings.LEASE.total_seconds())
    return GitPush(_git_tools(program, act_s))


@cache
def own_checks() -> OwnChecks:
    """The commands of CHECK_COMMANDS. Raises Unavailable where there is no git."""
    program = git_program()
    if program is None:
        raise Unavailable("CHECK_COMMANDS need git")
    seconds = settings.CHECK_TIMEOUT.total_seconds()
    return CommandChecks(settings.CHECK_COMMANDS, GitBases(_git_tools(program, seconds)), seconds=seconds)


def _git_tools(program: GitProgram, act_s: float) -> GitTools:
    remote = git_remote()
    cache = GitCache(Path(settings.GIT_CACHE_DIR), remote.url, program)
    return GitTools(program=program, cache=cache, remote=remote, act_s=act_s)


def _config() -> GithubConfig:
    return GithubConfig(
        repository=settings.GITHUB_REPO,
        base_url=settings.GITHUB_API_URL,
        timeout_s=max(1, int(settings.GITHUB_TIMEOUT_S)),  # whole seconds, and 0 would be no time at all
    )
