"""Draws state tables as Markdown with Mermaid. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks_app.pipeline.states import State, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasks_app.pipeline.machine import Machine

_HEAD = "# States\n\nDrawn from the tables in the code by `python manage.py states`; do not edit.\n"


def as_markdown(machines: Mapping[str, Machine[Any, Any]], status_of: Callable[[State], Status]) -> str:
    """One page: a diagram and a table of edges per machine, and the public status of each task state."""
    parts = [_HEAD]
    parts += [_diagram(name, machine) + _edges(machine) for name, machine in machines.items()]
    rows = "\n".join(f"| `{state}` | {status_of(state)} |" for state in State)
    parts.append(f"## Public status of a task\n\n| state | status |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _diagram(name: str, machine: Machine[Any, Any]) -> str:
    lines = [
        f"    {state} --> {target}: {event}"
        for state, edges in machine.table.items()
        for event, targets in edges.items()
        for target in sorted(targets)
    ]
    ends = [f"    {state} --> [*]" for state in sorted(machine.terminal)]
    body = "\n".join([*lines, *ends])
    return f"## {name}\n\n```mermaid\nstateDiagram-v2\n{body}\n```\n\n"


def _edges(machine: Machine[Any, Any]) -> str:
    rows = "\n".join(
        f"| `{state}` | {event} | {', '.join(f'`{target}`' for target in sorted(targets))} |"
        for state, edges in machine.table.items()
        for event, targets in edges.items()
    )
    return f"| state | event | leads to |\n|---|---|---|\n{rows}\n"
