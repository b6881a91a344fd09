"""Everything that must hold after each step of a run, gathered; what is wrong ends the run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from rollback_app.states import RELEASE, ROLLBACK
from tasks_app.pipeline.states import PULL, SETTLED, PullState, State
from tests.simulation import deeds, history, snapshot
from tests.simulation.operators import ACTOR
from tests.simulation.rows import broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rollback_app.models import Release, Rollback
    from tasks_app.models import PullRequest
    from tasks_app.pipeline.machine import Machine
    from tests.simulation.clients import Clients
    from tests.simulation.engine import Engine
    from tests.simulation.operators import Desk
    from tests.simulation.snapshot import Snapshot

    _Row = PullRequest | Release | Rollback


class Watcher:
    """Looks at the whole world, and remembers what it saw the last time."""

    def __init__(self, engine: Engine, desk: Desk, clients: Clients) -> None:
        self.engine, self.desk, self.clients = engine, desk, clients
        self.findings: list[str] = []
        self._states: dict[object, str] = {}

    def look(self) -> None:
        """Note everything that is wrong now."""
        scene, seen = self.engine.scene, snapshot.take()
        self.findings += [
            *self.engine.findings,
            *broken(scene.town, seen),
            *history.wrong(scene.town, seen.tasks),
            *deeds.done_twice(scene),
            *deeds.told_twice(scene),
            *deeds.unguarded_merges(scene, seen),
            *self._impossible_moves(seen.pulls.values(), PULL),
            *self._impossible_moves(seen.releases.values(), RELEASE),
            *self._impossible_moves(seen.rollbacks.values(), ROLLBACK),
            *_capped(seen),
            *self._unaudited(seen),
            *self._forgotten(seen),
        ]

    def require_rest(self) -> None:
        """Note whoever is neither settled nor waits for an operator by name."""
        seen = snapshot.take()
        for task in seen.tasks.values():
            if task.state not in {*SETTLED, State.NEEDS_OPERATOR}:
                self.findings.append(f"task {task.pk} does not come to rest: {task.state}")
        for pull in seen.pulls.values():
            if pull.state not in {PullState.MERGED, PullState.ABANDONED}:
                self.findings.append(f"pull {pull} does not come to rest: {pull.state}")
        self.findings += list(self._unrecorded(seen))

    def _unrecorded(self, seen: Snapshot) -> Iterator[str]:
        """In the end our rows know every merge that was made, and on what it was put."""
        known = {row.number: row.merge_sha for row in seen.numbered()}
        for deed in self.engine.scene.town.forge.script.deeds:
            if deed.method == "merge_pull" and known.get(deed.args[0].number) != deed.result:
                yield f"the merge of #{deed.args[0].number} as {deed.result[:7]} is not known"

    def _impossible_moves(self, rows: Iterable[_Row], machine: Machine[Any, Any]) -> Iterator[str]:
        """Rows without events of their own: from what was seen last, what is seen now can be reached."""
        for row in rows:
            before = self._states.get(row.pk)
            if before is not None and before != row.state and row.state not in _reachable(machine, before):
                yield f"{row} went from {before} to {row.state}"
            self._states[row.pk] = row.state

    def _unaudited(self, seen: Snapshot) -> Iterator[str]:
        """What an operator did, and nothing that was refused, is written down with name and reason."""
        noted = {event.detail for event in seen.events if event.actor == ACTOR}
        for act in self.desk.acts:
            if act.is_done is not None and (act.reason in noted) is not act.is_done:
                yield f"{act.reason} {'is not noted' if act.is_done else 'was refused and is noted'}"

    def _forgotten(self, seen: Snapshot) -> Iterator[str]:
        """Whatever was accepted is there."""
        for answer in self.clients.answers:
            if answer.receipt.task_id not in seen.tasks:
                yield f"{answer.receipt.task_id} was accepted and is gone"


def _capped(seen: Snapshot) -> Iterator[str]:
    times = [rollback.decided_at for rollback in seen.rollbacks.values() if rollback.is_automatic]
    beyond = times[settings.ROLLBACKS_PER_HOUR :]
    for first, last in zip(times, beyond, strict=False):
        if last - first < timedelta(hours=1):
            yield f"more than {settings.ROLLBACKS_PER_HOUR} automatic rollbacks in an hour"


def _reachable(machine: Machine[Any, Any], state: str) -> set[str]:
    found: set[str] = set()
    waiting = [state]
    while waiting:
        for targets in machine.table[waiting.pop()].values():
            waiting += [target for target in targets if target not in found]
            found |= targets
    return found
