"""The whole loop as processes on this machine: what `scripts/run`, acceptance tests and benchmarks start."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.local import data_dir, environment, logs, ports
from scripts.local.children import Child, product_children, redis_child, sandbox_child
from scripts.local.environment import Parts, Ports
from scripts.local.kept import kept_in
from scripts.local.places import ROOT, RUN_REQUIREMENTS
from scripts.local.process import Process
from scripts.local.redis_binary import find_redis
from scripts.local.redis_config import write_config
from scripts.local.supervisor import NotReady, Pause, Supervisor

#: a slow machine's first start, with every byte-code file still to be written
_READY_WITHIN_S = 90.0

#: What is started in place of each usual child: it alone, another, several, or nothing.
Crew = Callable[[Child], Sequence[Child]]


def as_usual(child: Child) -> Sequence[Child]:
    """Start what `scripts/run` starts."""
    return (child,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a stack is made from."""

    #: absolute path of a directory that `data_dir.prepare` made ready
    place: Path
    #: where the parts listen
    ports: Ports
    #: the variables a person set, on top of those every process needs
    given: Mapping[str, str] = field(repr=False)
    #: git's name of the running version
    version: str
    #: tests and benchmarks start other workers, several of them, or none
    crew: Crew = as_usual


class Stack:
    """Started, ticked and stopped from one thread (see Supervisor). A context manager does all three.

    `env` is the product's environment: with it, any `manage.py` command joins the running stack.
    """

    def __init__(self, plan: Plan, report: Callable[[str], None], pause: Pause = time.sleep) -> None:
        self._plan = plan
        self._pause = pause
        self._kept = kept_in(plan.place / "secrets.json")
        self._bare = environment.bare_environment(plan.given)
        self._prepare: Process | None = None
        self.supervisor = Supervisor(plan.place / "logs", report, pause)
        self.parts: Parts = environment.parts_from(plan.given)
        self.admin_password = plan.given.get("ADMIN_PASSWORD") or self._kept.admin_password
        #: `created`, `kept`, or `other` when the database's admin has a password that is not known here
        self.admin = ""
        self.env = environment.product_environment(
            given=plan.given, data_dir=plan.place, ports=plan.ports, kept=self._kept, version=plan.version
        )

    @classmethod
    def in_directory(
        cls, directory: Path, report: Callable[[str], None] = print, *, crew: Crew = as_usual, **given: str
    ) -> Self:
        """Make a stack on free ports that ignores the caller's own settings except `given`."""
        free = Ports(**{part.name: ports.free_port() for part in fields(Ports)})
        plan = Plan(
            place=data_dir.prepare(directory),
            ports=free,
            given={**environment.bare_environment(os.environ), **given},
            version=environment.checkout_version(),
            crew=crew,
        )
        return cls(plan, report)

    @property
    def web_url(self) -> str:
        """Address of the product, without a trailing slash."""
        return f"http://{ports.HOST}:{self._plan.ports.web}"

    @property
    def sandbox_url(self) -> str:
        """Address of the sandbox, without a trailing slash."""
        return environment.sandbox_url(self._plan.ports)

    def start(self) -> None:
        """Start everything and return when all of it is ready.

        Redis and the sandbox start beside the migrations, then the product's processes all at once.
        Raises NotReady or KeepsDying with the end of the log that tells why; stop() is due all the same.
        """
        logs.put_aside(self._plan.place / "logs")
        ground = self._staffed(self._ground())
        self.supervisor.start(ground)
        self._migrate()
        product = self._staffed(product_children(self._plan.place, self.env, self._plan.ports))
        self.supervisor.start(product)
        self.supervisor.wait_ready([child.name for child in (*ground, *product)], _READY_WITHIN_S)

    def tick(self) -> None:
        """Restart what died. To be called a few times per second while the stack runs."""
        self.supervisor.tick()

    def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Tick until `condition` holds; False when it does not within `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.tick()
            self._pause(0.05)
        return True

    def manage(self, *arguments: str, timeout_s: float = 60.0) -> "subprocess.CompletedProcess[str]":
        """Run a `manage.py` command against the stack."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    def pids(self) -> set[int]:
        """Give the process ids of everything this stack started and that still runs."""
        preparing = {self._prepare.pid} if self._prepare else set()
        return {*self.supervisor.pids().values(), *preparing}

    def stop(self) -> None:
        """End everything, gently first; nothing is left."""
        if self._prepare:
            self._prepare.kill()
        self.supervisor.stop()

    def kill(self) -> None:
        """End everything now."""
        if self._prepare:
            self._prepare.kill()
        self.supervisor.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _staffed(self, children: Sequence[Child]) -> list[Child]:
        return [member for child in children for member in self._plan.crew(child)]

    def _ground(self) -> list[Child]:
        plan, kept = self._plan, self._kept
        ground = []
        servers = {"redis": plan.ports.redis} if self.parts.redis else {}
        servers |= {"spool": plan.ports.spool} if self.parts.spool else {}
        for name, port in servers.items():
            password = kept.redis_password
            config = write_config(plan.place, name, port=port, password=password)
            server = find_redis(RUN_REQUIREMENTS)
            ground.append(redis_child(server, config, self._bare, port=port, password=password))
        if self.parts.sandbox:
            ground.append(sandbox_child(plan.place, self._bare, plan.ports, kept))
        return ground

    def _migrate(self) -> None:
        log = self.supervisor.log_of("prepare")
        log.touch(mode=0o600)
        env = {**self.env, "ADMIN_PASSWORD": self.admin_password}
        preparing = self._prepare = Process([sys.executable, "-m", "scripts.local.prepare"], env, log)
        ended = self.wait_until(lambda: preparing.ended() is not None, _READY_WITHIN_S)
        last = next((line for line in reversed(logs.last_lines(log)) if line.strip()), "it said nothing")
        if not ended or preparing.ended():
            raise NotReady(f"the database could not be prepared: {last} (details: {log})")
        self._prepare = None
        self.admin = last.rpartition(" ")[2]
