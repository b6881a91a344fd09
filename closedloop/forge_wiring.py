"""Settings → the forge's clients, its tokens and the breakers; part of wiring, which has the rest."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings

from closedloop.adapters.breaker import Breaker, BreakerState
from closedloop.adapters.github_app import AppConfig, AppInstallation
from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_token_file import TokenFile
from closedloop.adapters.github_tokens import FixedToken, TokenPool, fixed_tokens

__all__ = [
    "BreakerState",
    "breaker",
    "breaker_states",
    "github_reader",
    "github_tokens",
    "github_writer",
    "has_credentials",
]

_breakers: dict[str, Breaker] = {}


def breaker(name: str) -> Breaker:
    """The breaker of that name in this process: `forge_reads`, `forge_writes` or `model`."""
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
    return GithubClient(_config(), github_tokens(), is_writer=False, breaker=breaker("forge_reads"))


@cache
def github_writer() -> GithubClient:
    """The client that sends everything once."""
    return GithubClient(_config(), github_tokens(), is_writer=True, breaker=breaker("forge_writes"))


def _config() -> GithubConfig:
    return GithubConfig(
        repository=settings.GITHUB_REPO,
        base_url=settings.GITHUB_API_URL,
        timeout_s=max(1, int(settings.GITHUB_TIMEOUT_S)),  # whole seconds, and 0 would be no time at all
    )
