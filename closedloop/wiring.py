"""Settings → adapters: the only place that names a concrete class.

Services ask `ports()` for the outside world. Tests put another world in place with `use()`.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from closedloop.adapters.apprise_notifier import AppriseConfig, AppriseNotifier
from closedloop.adapters.celery_canaries import CeleryCanarySender
from closedloop.adapters.celery_courier import BackgroundCourier, CeleryCourier
from closedloop.adapters.celery_stamps import StampedCourier
from closedloop.adapters.console_notifier import ConsoleNotifier
from closedloop.adapters.github_discussion import GithubDiscussion
from closedloop.adapters.github_reader import GithubContentReader, GithubPullReader
from closedloop.adapters.github_writer import GithubWriter
from closedloop.adapters.health_version import HealthVersionConfig, HealthVersionWatcher
from closedloop.adapters.http_probe import HttpProber
from closedloop.adapters.openai_chat import OpenAIChatModel, OpenAIConfig
from closedloop.adapters.redis_board import BackgroundBoard, RedisBoard
from closedloop.adapters.redis_spool import RedisSpool
from closedloop.celery import app
from closedloop.forge_wiring import (
    breaker,
    forge_tally,
    git_transport,
    github_reader,
    github_writer,
    own_checks,
)
from closedloop.ports.spool import NullSpool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from uuid import UUID

    from closedloop.adapters.local_tally import LocalTally
    from closedloop.ports.board import Board
    from closedloop.ports.canary import CanarySender
    from closedloop.ports.courier import Courier
    from closedloop.ports.deployer import DeployWatcher
    from closedloop.ports.discussion import Discussion
    from closedloop.ports.forge import ContentReader, ForgeWriter, PullReader
    from closedloop.ports.git import GitTransport
    from closedloop.ports.llm import ChatModel
    from closedloop.ports.notifier import Notifier
    from closedloop.ports.own_checks import OwnChecks
    from closedloop.ports.probe import Prober
    from closedloop.ports.spool import Spool


def _pass_by(_point: str) -> None:
    """Nobody watches in production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside world as the services see it."""

    clock: Callable[[], datetime]
    #: Name of this process in leases, events and logs.
    worker: str
    courier: Courier
    board: Board
    #: Built on first use: vendor libraries cost 0.2–0.7 s and up to 55 MB each.
    content: Callable[[], ContentReader]
    pulls: Callable[[], PullReader]
    writer: Callable[[], ForgeWriter]
    git: Callable[[], GitTransport]
    own_checks: Callable[[], OwnChecks]
    discussion: Callable[[], Discussion]
    model: Callable[[], ChatModel]
    deployer: Callable[[], DeployWatcher]
    prober: Callable[[], Prober]
    notifier: Callable[[], Notifier]
    #: Told the name of every commit point as it is passed; crash tests end the process there.
    mark: Callable[[str], None] = _pass_by
    #: Where new rows get their ids; a simulation draws them from its seed.
    new_id: Callable[[], UUID] = uuid4
    #: Keeps submissions while the database is away.
    spool: Spool = field(default_factory=NullSpool)


#: Set by `closedloop.celery` as soon as a worker knows its name.
_NODE = "CLOSEDLOOP_WORKER"

_override: ContextVar[Ports | None] = ContextVar("ports", default=None)
_default: list[Ports] = []


def ports() -> Ports:
    """The world in force."""
    return _override.get() or (_default[0] if _default else _configured(os.environ.get(_NODE, "")))


@contextmanager
def use(world: Ports, *, everywhere: bool = False) -> Iterator[Ports]:
    """Put another world in place; `everywhere` also for threads started elsewhere."""
    token = _override.set(world)
    if everywhere:
        _default.insert(0, world)
    try:
        yield world
    finally:
        _override.reset(token)
        if everywhere:
            _default.remove(world)


def load_vendors() -> None:
    """Build every adapter of the outside world now instead of on the first task."""
    for build in (_content, _pulls, _writer, _git, _discussion, _model, _deployer, _prober, _notifier):
        build()


def traffic_tally() -> LocalTally:
    """What this process has sent to the forge; for whoever writes it down."""
    return forge_tally()


def canary_sender() -> CanarySender:
    """For the hearts of workers and beat."""
    return CeleryCanarySender(app)


def worker_name() -> str:
    """`pid@host`, or the Celery node name once a worker has set it."""
    return os.environ.get(_NODE) or f"{os.getpid()}@{socket.gethostname()}"


@cache
def _content() -> ContentReader:
    return GithubContentReader(github_reader())


@cache
def _pulls() -> PullReader:
    return GithubPullReader(github_reader())


@cache
def _writer() -> ForgeWriter:
    return GithubWriter(writes=github_writer(), reads=github_reader())


@cache
def _git() -> GitTransport:
    return git_transport()


@cache
def _discussion() -> Discussion:
    return GithubDiscussion(writes=github_writer(), reads=github_reader())


@cache
def _model() -> ChatModel:
    config = OpenAIConfig(
        model=settings.OPENAI_MODEL,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout_s=settings.OPENAI_TIMEOUT_S,
    )
    return OpenAIChatModel(config, breaker("model"))


@cache
def _deployer() -> DeployWatcher:
    return HealthVersionWatcher(HealthVersionConfig(url=settings.HEALTH_URL))


@cache
def _prober() -> Prober:
    issues = settings.SENTRY_ISSUES_URL.partition("{version}")[0]
    return HttpProber(
        bearers={issues: settings.SENTRY_AUTH_TOKEN} if issues and settings.SENTRY_AUTH_TOKEN else None
    )


@cache
def _notifier() -> Notifier:
    if not settings.NOTIFY_URLS:
        return ConsoleNotifier()
    return AppriseNotifier(AppriseConfig(urls=tuple(settings.NOTIFY_URLS)))


@cache
def _configured(node: str) -> Ports:
    """By the worker's name, since Celery has the system checks run before it gives the worker its name."""
    redis = _redis(settings.REDIS_URL, decode_responses=True)
    courier, board = StampedCourier(app, redis, CeleryCourier(app)), RedisBoard(redis)
    is_worker = bool(node)
    return Ports(
        clock=timezone.now,
        worker=worker_name(),
        courier=courier if is_worker else BackgroundCourier(courier),
        board=board if is_worker else BackgroundBoard(board),
        content=_content,
        pulls=_pulls,
        writer=_writer,
        git=_git,
        own_checks=own_checks,
        discussion=_discussion,
        model=_model,
        deployer=_deployer,
        prober=_prober,
        notifier=_notifier,
        spool=RedisSpool(_redis(settings.SPOOL_URL), is_promised=settings.SPOOL_IS_DURABLE),
    )


def _redis(url: str, *, decode_responses: bool = False) -> Redis:
    """A client that says at once when the server is away: who asks again, and when, is decided elsewhere."""
    return Redis.from_url(
        url,
        socket_timeout=settings.REDIS_TIMEOUT_S,
        socket_connect_timeout=settings.REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=decode_responses,
    )
