"""One question through a running stack, from before the request until the task's own note that it is done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

#: Seconds between two looks at the task. Looking oftener would make the web process compete with the loop.
_LOOK_EVERY_S = 0.1
_PATIENCE_S = 120.0
_ENDINGS = {"done", "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long the task was in one state."""

    state: str
    #: `time.time()` on entering and leaving, in seconds
    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """One question's way to production."""

    task_id: str
    question: str
    #: `time.time()` before the request was sent
    began_s: float
    #: the task's `finished_at`, by the same machine's clock
    ended_s: float
    stays: tuple[Stay, ...]

    @property
    def seconds(self) -> float:
        """From request to verified done."""
        return self.ended_s - self.began_s


def ask(web: httpx2.Client, question: str) -> Lap:
    """Submit, follow to the end and return the measurement. Raises SystemExit when it does not end done."""
    began_s = time.time()
    receipt = web.post("/api/agent/faq", json={"question": question}).raise_for_status().json()
    task = _follow(web, receipt["task_id"])
    if task["status"] != "done":
        raise SystemExit(f"{question!r} ended {task['task_state']}: {task['code']} {task['error_msg']}")
    return Lap(
        task_id=task["task_id"],
        question=question,
        began_s=began_s,
        ended_s=datetime.fromisoformat(task["finished_at"]).timestamp(),
        stays=tuple(_stay(one) for one in task["stages"] if one["left_at"]),
    )


def _follow(web: httpx2.Client, task_id: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up_at:
        task: dict[str, Any] = web.get(f"/api/agent/tasks/{task_id}").raise_for_status().json()
        if task["status"] in _ENDINGS:
            return task
        time.sleep(_LOOK_EVERY_S)
    raise SystemExit(f"task {task_id} did not end within {_PATIENCE_S:g} s; it is {task['task_state']}")


def _stay(stage: dict[str, Any]) -> Stay:
    began, ended = (datetime.fromisoformat(stage[name]).timestamp() for name in ("entered_at", "left_at"))
    return Stay(state=stage["state"], began_s=began, ended_s=ended)
