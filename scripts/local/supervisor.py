"""Keeps processes alive: starts them, names every death, starts again, and leaves nothing behind."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scripts.local import logs
from scripts.local.children import Child
from scripts.local.process import Process, describe_end
from scripts.local.restarts import GiveUp, RestartAt, decide_restart

_LOOK_EVERY_S = 0.05

#: Waits so many seconds. It may raise to end the waiting: it is called only where nothing is half done.
Pause = Callable[[float], None]


class KeepsDying(Exception):  # noqa: N818 - a statement about a child, not a fault of the supervisor
    """A child died too often; the text names it and quotes the end of its log."""


class NotReady(Exception):  # noqa: N818 - as above
    """A child did not become ready in time; the text names it and quotes the end of its log."""


class _Kept:
    """What is known about one child."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child = child
        self.log = log
        self.process: Process | None = None
        self.written_before = 0
        self.ready = False
        self.deaths_s: list[float] = []
        self.restart_at_s = 0.0


class Supervisor:
    """Not thread-safe: start, tick and stop from one thread that lives as long as the children.

    The children are tied to the thread that starts them (see leash.py), hence the rule.
    """

    def __init__(self, log_dir: Path, report: Callable[[str], None], pause: Pause = time.sleep) -> None:
        self._log_dir = log_dir
        self._report = report
        self._pause = pause
        self._kept: dict[str, _Kept] = {}

    def start(self, children: Iterable[Child]) -> None:
        """Start all `children` at once, without waiting for any."""
        for child in children:
            log = self.log_of(child.name)
            log.touch(mode=0o600)
            kept = self._kept[child.name] = _Kept(child, log)
            self._launch(kept)

    def log_of(self, name: str) -> Path:
        """Where the output of the child called `name` goes."""
        return self._log_dir / f"{name}.log"

    def pids(self) -> dict[str, int]:
        """Give the process id of every child that runs."""
        return {name: kept.process.pid for name, kept in self._kept.items() if kept.process}

    def tick(self) -> None:
        """Look at every child once: report deaths, start again what is due. Raises KeepsDying."""
        for kept in self._kept.values():
            logs.trim(kept.log)
            if kept.process is None:
                if time.monotonic() >= kept.restart_at_s:
                    self._launch(kept)
            elif (code := kept.process.ended()) is not None:
                self._note_death(kept, code)
            elif not kept.ready:
                self._note_ready(kept)

    def is_ready(self, names: Iterable[str]) -> bool:
        """Whether all these children were ready when last looked at."""
        return all(self._kept[name].ready for name in names)

    def wait_ready(self, names: Sequence[str], timeout_s: float) -> None:
        """Tick until all of `names` are ready. Raises NotReady or KeepsDying."""
        deadline = time.monotonic() + timeout_s
        while not self.is_ready(names):
            if time.monotonic() > deadline:
                late = next(self._kept[name] for name in names if not self._kept[name].ready)
                raise NotReady(_with_log(f"{late.child.name} was not ready after {timeout_s:g} s", late.log))
            self.tick()
            self._pause(_LOOK_EVERY_S)

    def stop(self, grace_s: float = 3.0) -> None:
        """End all children, layer by layer; one that does not end within `grace_s` seconds is killed."""
        for layer in sorted({kept.child.layer for kept in self._kept.values()}):
            _end(
                [k.process for k in self._kept.values() if k.process and k.child.layer == layer],
                grace_s,
                self._pause,
            )
        self._kept.clear()

    def kill(self) -> None:
        """End all children now."""
        self.stop(grace_s=0)

    def _launch(self, kept: _Kept) -> None:
        kept.written_before = kept.log.stat().st_size
        kept.process = Process(kept.child.argv, kept.child.env, kept.log)

    def _note_ready(self, kept: _Kept) -> None:
        kept.ready = kept.child.is_ready(logs.read_from(kept.log, kept.written_before))
        if kept.ready and kept.deaths_s:
            took = time.monotonic() - kept.deaths_s[-1]
            self._report(f"{kept.child.name} is back after {took:.1f} s")

    def _note_death(self, kept: _Kept, code: int) -> None:
        now_s = time.monotonic()
        kept.process, kept.ready = None, False
        kept.deaths_s.append(now_s)
        name, end = kept.child.name, describe_end(code)
        match decide_restart(kept.deaths_s, now_s):
            case GiveUp(deaths=deaths):
                raise KeepsDying(_with_log(f"{name} keeps dying ({deaths} times, last {end})", kept.log))
            case RestartAt(at_s=at_s):
                self._report(f"{name} died ({end}), restarting")
                kept.restart_at_s = at_s


def _end(processes: Sequence[Process], grace_s: float, pause: Pause) -> None:
    """Ask all, wait for all together, then kill what is left, including what the ended ones had started."""
    for process in processes:
        process.ask_to_end()
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and any(process.ended() is None for process in processes):
        pause(_LOOK_EVERY_S)
    for process in processes:
        process.kill()


def _with_log(line: str, log: Path) -> str:
    return "\n".join([f"{line}; the end of {log}:", *(f"  {text}" for text in logs.last_lines(log))])
