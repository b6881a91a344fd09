"""The processes of a run, as data: what is started, how one knows that it is ready, when it is stopped."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.local import probes
from scripts.local.environment import REPO, Ports, sandbox_url
from scripts.local.kept import Kept
from scripts.local.ports import HOST

#: What is stopped together: first those who hand out work, then those who do it, then what they stand on.
CALLERS, WORKERS, GROUND = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process that is kept alive until the end of the run."""

    #: how it is called in messages and in the name of its log
    name: str
    #: program and arguments
    argv: tuple[str, ...]
    #: whole environment of the process
    env: Mapping[str, str] = field(repr=False)
    #: answers at once whether the process is ready for others, given what it wrote since its start
    is_ready: Callable[[str], bool]
    #: stopped in ascending order
    layer: int = CALLERS


def redis_child(server: Path, config: Path, env: Mapping[str, str], *, port: int, password: str) -> Child:
    """Describe an embedded Redis, named as the directory of `config`, which holds settings and password."""
    # LC_ALL: newer servers refuse to start when the shell names a locale that is not installed.
    return Child(
        name=config.parent.name,
        argv=(str(server), str(config)),
        env={**env, "LC_ALL": "C"},
        is_ready=lambda _output: probes.redis_answers(port, password),
        layer=GROUND,
    )


def sandbox_child(data_dir: Path, env: Mapping[str, str], ports: Ports, kept: Kept) -> Child:
    """Describe the practice world, whose webhooks go to our web process."""
    options = {
        "--port": str(ports.sandbox),
        "--data-dir": str(data_dir / "sandbox"),
        "--repo": REPO,
        "--token": kept.forge_token,
        "--hook-url": f"http://{HOST}:{ports.web}/webhooks/github",
        "--hook-secret": kept.webhook_secret,
    }
    # One word each: a secret may begin with a hyphen.
    return Child(
        name="sandbox",
        argv=_python("sandbox", *(f"{name}={value}" for name, value in options.items())),
        env=env,
        is_ready=lambda _output: probes.answers_http(f"{sandbox_url(ports)}/"),
        layer=GROUND,
    )


def product_children(data_dir: Path, env: Mapping[str, str], ports: Ports) -> list[Child]:
    """Describe web, both workers and beat."""
    web = _python(
        *("uvicorn", "closedloop.asgi:application", "--host", HOST, "--port", str(ports.web)),
        *("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "2"),
    )
    beat = ("beat", "--schedule", str(data_dir / "beat-schedule"), "--pidfile=", "--loglevel", "INFO")
    return [
        Child(
            name="web",
            argv=web,
            env=env,
            is_ready=lambda _output: probes.answers_http(f"http://{HOST}:{ports.web}/healthz"),
        ),
        # More threads than the model has slots, or judging and publishing wait until it has answered all.
        _worker("worker-io", env, queue="orchestrator", node="io", pool=("threads", "20")),
        _worker("worker-main", env, queue="main", node="main", pool=("prefork", "2")),
        Child(
            name="beat",
            argv=_celery(*beat),
            env=env,
            is_ready=lambda output: probes.says(output, "beat: Starting"),
        ),
    ]


def _worker(name: str, env: Mapping[str, str], *, queue: str, node: str, pool: tuple[str, str]) -> Child:
    kind, size = pool
    # Gossip and mingle tell workers of each other, which nobody here asks for; mingling costs 1 s.
    argv = _celery(
        *("worker", "-Q", queue, "-P", kind, "-c", size, "-n", f"{node}@%h"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    )
    return Child(
        name=name,
        argv=argv,
        env=env,
        is_ready=lambda output: probes.says(output, f"{node}@", " ready"),
        layer=WORKERS,
    )


def _celery(*arguments: str) -> tuple[str, ...]:
    return _python("celery", "-A", "closedloop", *arguments)


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)
