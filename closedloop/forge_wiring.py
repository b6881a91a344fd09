"""Settings → the forge's clients, its tokens and the breakers; part of wiring, which has the rest."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.conf import settings

from closedloop.adapters.breaker import Breaker, BreakerState
from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_tokens import TokenPool, fixed_tokens

__all__ = ["BreakerState", "breaker", "breaker_states", "github_reader", "github_tokens", "github_writer"]

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


@cache
def github_tokens() -> TokenPool:
    """The tokens of this process, and what it knows of them."""
    known = fixed_tokens(settings.GITHUB_TOKEN, name="GITHUB_TOKEN")
    return TokenPool(lambda: known)


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
        timeout_s=int(settings.GITHUB_TIMEOUT_S),
    )
