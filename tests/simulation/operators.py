"""Operators press buttons, each with a reason of its own by which the audit finds the act."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from closedloop.wiring import ports
from rollback_app.models import Rollback
from rollback_app.services.operator import give_up_rollback, resume_rollback, roll_back
from tasks_app.models import Task
from tasks_app.services.errors import ServiceError
from tasks_app.services.operator import cancel_task, retry_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.engine import Engine

ACTOR = "olga"


@dataclass(slots=True)
class Act:
    """One press of a button."""

    reason: str
    #: None while it is not over or when its process ended; else whether it was carried out.
    is_done: bool | None = None


class Desk:
    """Where operators sit, with the list of what they did."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.acts: list[Act] = []

    def press_any(self) -> None:
        """Press any button on anything."""
        self.engine.dice.choice(
            (self.retry, self.retry, self.cancel, self.take_back, self.go_on, self.stop)
        )()

    def retry(self) -> None:
        """Retry a task, mostly one that can be."""
        if task := self._task("failed", "needs_operator"):
            self._press(f"retry {str(task)[:8]}", partial(retry_task, task))

    def cancel(self) -> None:
        """Cancel a task."""
        if task := self._task("waiting_for_lane", "awaiting_ci", "merging", "generating"):
            self._press(f"cancel {str(task)[:8]}", partial(cancel_task, task))

    def take_back(self) -> None:
        """Roll a task back, alone or with all that were merged with it."""
        chosen = self._task("done", "deploying", "verifying", "failed")
        if chosen is None:
            return
        pull = Task.objects.values_list("pull_id", flat=True).get(pk=chosen)
        together = list(Task.objects.filter(pull=pull).order_by("pk").values_list("pk", flat=True))
        tasks = together if pull and self.engine.dice.random() < 0.5 else [chosen]
        self._press(f"roll back {len(tasks)} of {str(chosen)[:8]}", partial(roll_back, tasks))

    def go_on(self) -> None:
        """Resume a rollback that asks."""
        if rollback := self._asking():
            self._press(f"resume {str(rollback)[:8]}", partial(resume_rollback, rollback))

    def stop(self) -> None:
        """Give a rollback up that asks."""
        if rollback := self._asking():
            self._press(f"give up {str(rollback)[:8]}", partial(give_up_rollback, rollback))

    def is_asked(self) -> bool:
        """Whether a rollback waits for an operator."""
        return self._asking() is not None

    def _press(self, label: str, button: Callable[..., Any]) -> None:
        act = Act(reason=f"act {len(self.acts)} of {ACTOR}.")
        self.acts.append(act)

        def work() -> None:
            try:
                button(actor=ACTOR, reason=act.reason, ports=ports())
                act.is_done = True
            except ServiceError as error:
                self.engine.say(f"refused: {error.detail}")
                act.is_done = False

        self.engine.run(f"{ACTOR}: {label}", work)

    def _task(self, *states: str) -> Any:
        dice = self.engine.dice
        wanted = Task.objects.filter(state__in=states) if dice.random() < 0.8 else Task.objects.all()
        found = list(wanted.order_by("created_at", "pk").values_list("pk", flat=True))
        return dice.choice(found) if found else None

    def _asking(self) -> Any:
        asking = Rollback.objects.filter(state="needs_operator").order_by("decided_at", "pk")
        found = list(asking.values_list("pk", flat=True))
        return self.engine.dice.choice(found) if found else None
