"""Every point at which a process may end: around each call of a port, and around each commit.

`watched` puts a proxy around every port; `commit_step` tells its points by itself. `all_points` reads
both from the sources, so that a test can tell which of them were never passed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from inspect import getmembers, isfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from closedloop.ports.board import Board
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.wiring import Ports

_ROOT = Path(__file__).parents[2]
_APPS = ("tasks_app", "rollback_app", "metrics_app")
_COMMITS = {"commit_step", "commit_act"}
#: Built on first use, hence called to get them.
BUILT = {
    "content": ContentReader,
    "pulls": PullReader,
    "writer": ForgeWriter,
    "git": GitTransport,
    "own_checks": OwnChecks,
    "discussion": Discussion,
    "model": ChatModel,
    "deployer": DeployWatcher,
    "prober": Prober,
    "notifier": Notifier,
}
#: Answered from what is known here: no call of the outside world.
_SILENT = {"branch_writes"}
READY = {"courier": Courier, "board": Board, "spool": Spool}


@dataclass(frozen=True, slots=True)
class _Watched:
    """A port whose every call is told before and after it."""

    name: str
    port: Any
    watch: Callable[[str], None]

    def __getattr__(self, method: str) -> Any:
        target = getattr(self.port, method)
        if not callable(target) or method in _SILENT:
            return target

        def call(*args: Any, **kwargs: Any) -> Any:
            self.watch(f"{self.name}.{method}:before")
            result = target(*args, **kwargs)
            self.watch(f"{self.name}.{method}:after")
            return result

        return call


def watched(world: Ports, watch: Callable[[str], None]) -> Ports:
    """The same world; `watch` is told every point as it is passed, and may end the process there."""
    built: dict[str, Any] = {name: _builder(name, world, watch) for name in BUILT}
    ready: dict[str, Any] = {name: _Watched(name, getattr(world, name), watch) for name in READY}
    return replace(world, mark=watch, **built, **ready)


def _builder(name: str, world: Ports, watch: Callable[[str], None]) -> Callable[[], _Watched]:
    return lambda: _Watched(name, getattr(world, name)(), watch)


def call_points() -> set[str]:
    """Before and after each method of each port."""
    methods = {
        f"{name}.{method}"
        for name, port in {**BUILT, **READY}.items()
        for method, _ in getmembers(port, isfunction)
        if not method.startswith("_") and method not in _SILENT
    }
    return {f"{method}:{side}" for method in methods for side in ("before", "after")}


def commit_points() -> set[str]:
    """Around each commit that a service names."""
    files = [file for app in _APPS for file in (_ROOT / app).rglob("*.py")]
    names = {name for file in files for name in _names_in(ast.parse(file.read_text(encoding="utf-8")))}
    return {f"{name}:{side}" for name in names for side in ("uncommitted", "committed", "sent")}


def _names_in(tree: ast.AST) -> set[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in _COMMITS
        and isinstance(call.args[0], ast.Constant)
    }
