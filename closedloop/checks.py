"""System checks: a wrong setting is refused at start, with what to do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from closedloop.celery import app
from closedloop.forge_checks import FORGE_CHECKS
from closedloop.ports.errors import Unavailable
from closedloop.wiring import ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOCAL_KEY = "local-only-key-never-used-outside-ENV-local"
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_SHORTEST_GRACE_S = 5
_MERGING = {
    "METHOD": ("auto", "squash", "merge", "rebase"),
    "STRATEGY": ("auto", "direct", "auto_merge", "queue"),
}


def _is_local() -> bool:
    return bool(settings.ENV == "local")


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _secret_key() -> Iterator[CheckMessage]:
    if settings.SECRET_KEY == _LOCAL_KEY and not _is_local():
        yield Error(
            f"SECRET_KEY is not set, but ENV is {settings.ENV!r}.",
            hint="Set SECRET_KEY to 50 or more random characters.",
            id="closedloop.E001",
        )


def _addresses() -> Iterator[CheckMessage]:
    names = ("GITHUB_API_URL", "OPENAI_BASE_URL", "HEALTH_URL", "SITE_URL", "FAQ_PAGE_URL", "PUBLIC_URL")
    for name in names:
        value = getattr(settings, name)
        if value and not _is_address(value):
            yield Error(
                f"{name} {value!r} is no http(s) address.",
                hint="Write it as https://host/path.",
                id="closedloop.E004",
            )


def _deploy_proof() -> Iterator[CheckMessage]:
    if settings.GITHUB_REPO and not settings.HEALTH_URL:
        yield Error(
            "HEALTH_URL is not set: nothing could prove that a merge became live.",
            hint="Set it to an address that answers JSON with the live commit in `version`.",
            id="closedloop.E005",
        )
    if settings.GITHUB_REPO and not (settings.SITE_URL or settings.FAQ_PAGE_URL):
        yield Error(
            "Neither SITE_URL nor FAQ_PAGE_URL is set: the answer could not be seen on the live page.",
            hint="Set SITE_URL to the front page, and FAQ_PAGE_URL when the FAQ is not at docs/FAQ.html.",
            id="closedloop.E006",
        )


def _merging() -> Iterator[CheckMessage]:
    for what, words in _MERGING.items():
        value = getattr(settings, f"MERGE_{what}")
        if value not in words:
            yield Error(
                f"MERGE_{what} {value!r} is unknown.",
                hint="Use one of: " + ", ".join(words) + ".",
                id="closedloop.E007",
            )


def _writes() -> Iterator[CheckMessage]:
    for window in ("MINUTE", "HOUR"):
        limit = getattr(settings, f"WRITES_PER_{window}")
        reserved = getattr(settings, f"WRITES_RESERVED_PER_{window}")
        if min(limit, reserved) < 0 or (limit and reserved >= limit):
            yield Error(
                f"WRITES_RESERVED_PER_{window} ({reserved}) leaves nothing of WRITES_PER_{window} ({limit}).",
                hint="Keep a part of what the forge allows for rollbacks; a limit of 0 is none.",
                id="closedloop.E030",
            )


def _times() -> Iterator[CheckMessage]:
    visibility = timedelta(seconds=app.conf.broker_transport_options["visibility_timeout"])
    slowest = max(settings.GITHUB_TIMEOUT_S, settings.OPENAI_TIMEOUT_S)
    if timedelta(seconds=slowest) >= settings.LEASE:
        yield Error(
            f"LEASE_S must be longer than the slowest call ({slowest:g} s).",
            hint="Raise LEASE_S, or lower GITHUB_TIMEOUT_S and OPENAI_TIMEOUT_S.",
            id="closedloop.E008",
        )
    longest = settings.LEASE + (2 * settings.CHECK_TIMEOUT if settings.CHECK_COMMANDS else timedelta(0))
    if visibility <= 2 * longest:
        yield Error(
            f"Celery's visibility_timeout must be more than twice the longest lease ({longest}).",
            hint="Lower LEASE_S or CHECK_TIMEOUT_S: a message that comes again must find its lease over.",
            id="closedloop.E009",
        )


def _canaries() -> Iterator[CheckMessage]:
    if timedelta(seconds=_SHORTEST_GRACE_S) > settings.CANARY_GRACE:
        yield Error(
            f"CANARY_GRACE_S must be at least {_SHORTEST_GRACE_S}: hearts look every two seconds.",
            hint="Leave it at 120; shorter ones are for trials.",
            id="closedloop.E040",
        )


def _stores() -> Iterator[CheckMessage]:
    if urlsplit(settings.REDIS_URL).scheme not in _REDIS_SCHEMES:
        yield Error(
            f"REDIS_URL has the scheme {urlsplit(settings.REDIS_URL).scheme!r}.",
            hint="Write it as redis://host:6379/0, or rediss:// for TLS.",
            id="closedloop.E010",
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and not _is_local():
        yield checks.Warning(
            "SQLite serves one machine only.",
            hint="Set DATABASE_URL to postgresql://… before running workers on several machines.",
            id="closedloop.W001",
        )


def _webhooks() -> Iterator[CheckMessage]:
    if settings.GITHUB_REPO and not settings.GITHUB_WEBHOOK_SECRET:
        yield checks.Warning(
            "GITHUB_WEBHOOK_SECRET is not set: CI is noticed by polling alone.",
            hint="Create a webhook to PUBLIC_URL/webhooks/github and set its secret here.",
            id="closedloop.W002",
        )


def _model() -> Iterator[CheckMessage]:
    if settings.OPENAI_CONCURRENCY < 1:
        yield Error(
            f"OPENAI_CONCURRENCY is {settings.OPENAI_CONCURRENCY}: the model could never be called.",
            hint="Set it to 1 or more.",
            id="closedloop.E031",
        )
    if settings.GITHUB_REPO and not settings.OPENAI_API_KEY:
        yield checks.Warning(
            "OPENAI_API_KEY is not set: every answer will be an extract from the documents.",
            hint="Set OPENAI_API_KEY, and OPENAI_BASE_URL for a compatible server.",
            id="closedloop.W003",
        )


def _spool() -> Iterator[CheckMessage]:
    if urlsplit(settings.SPOOL_URL).scheme not in _REDIS_SCHEMES:
        yield Error(
            f"SPOOL_URL has the scheme {urlsplit(settings.SPOOL_URL).scheme!r}.",
            hint="Write it as redis://host:6379/0, or rediss:// for TLS.",
            id="closedloop.E011",
        )
        return
    try:
        trouble = ports().spool.trouble()
    except Unavailable:  # that it is away now says nothing about how it is set up
        return
    if trouble:
        yield checks.Warning(
            f"While the database is away no question can be accepted: {trouble}.",
            hint="Set appendonly yes, appendfsync always and maxmemory-policy noeviction at SPOOL_URL.",
            id="closedloop.W004",
        )


def _patience() -> Iterator[CheckMessage]:
    if not 0 < settings.WEB_DATABASE_TIMEOUT_S <= 1:
        yield Error(
            f"WEB_DATABASE_TIMEOUT_S is {settings.WEB_DATABASE_TIMEOUT_S:g}.",
            hint="Set it to more than 0 and at most 1 second: a question is answered within a second.",
            id="closedloop.E012",
        )


_CHECKS: tuple[Callable[[], Iterator[CheckMessage]], ...] = (
    _secret_key,
    *FORGE_CHECKS,
    _addresses,
    _deploy_proof,
    _merging,
    _writes,
    _times,
    _canaries,
    _stores,
    _spool,
    _patience,
    _webhooks,
    _model,
)


@register(Tags.security)
def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Every settings check, in the order of the README's table."""
    return [message for check in _CHECKS for message in check()]
