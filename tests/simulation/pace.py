"""How a simulated world's time goes on: to the next moment at which anything wants to happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection

from closedloop.wiring import ports
from rollback_app.services.sweep import sweep as sweep_releases
from tasks_app.models import Claimable, OutboxJob
from tasks_app.receivers import sweep_when_beat_is_silent
from tasks_app.services.sweep import RESEND_AFTER
from tasks_app.services.sweep import sweep as sweep_tasks

if TYPE_CHECKING:
    from tests.simulation.engine import Engine

_SWEEPS = {"tasks_app": sweep_tasks, "rollback_app": sweep_releases}
CONTEXTS = frozenset(_SWEEPS)
#: Between two visits of beat.
_BEAT = timedelta(seconds=1)
#: Sweepers that may end one after the other.
_SWEEPERS = 5
#: After a while in which nobody wants anything beat looks everywhere; and now and then anyway.
_QUIET, _WHOLE = timedelta(seconds=60), 0.2
#: Laps of a single walk; more are a world that never comes to rest.
_LAPS = 4000


def beat(engine: Engine, contexts: frozenset[str] = CONTEXTS) -> None:
    """What happens each second: beat's sweeps, or, when beat is silent, what any worker does about it."""
    if engine.character.is_beat_silent and not engine.is_calm:
        engine.run("a worker's heartbeat", sweep_when_beat_is_silent)
        return
    # The sweep of tasks and that of releases are two messages, which two workers may take.
    names = sorted(contexts, reverse=engine.dice.random() < 0.5)
    for name in names:
        for _ in range(_SWEEPERS):
            if engine.run(f"sweep {name}", partial(_sweep, name), is_sweep=True):
                break
            engine.scene.town.now += _BEAT  # the sweeper ended; the next second brings the next one


def _sweep(name: str) -> None:
    _SWEEPS[name](ports())


def walk(engine: Engine, time: timedelta, *, laps: int = _LAPS) -> bool:
    """Let workers, beat and the world outside go on for so long; True when nothing wants anything any more.

    Beat comes by each second; here only in those seconds in which there is something to find.
    """
    end, was_quiet = engine.now + time, False
    for _ in range(laps):
        while engine.run_errand():
            was_quiet = False
        wants, errand = _wants(engine), engine.errands.next_due()
        upcoming = min([*wants.values(), *([errand] if errand else [])], default=None)
        if not was_quiet and min(upcoming or end, end) > engine.now + _QUIET:
            # Beat finds also what no row asks for: what was handed over and never arrived.
            was_quiet = True
            engine.scene.town.now += RESEND_AFTER + _BEAT
            beat(engine)
            continue
        if upcoming is None or upcoming > end:
            return upcoming is None and was_quiet
        was_quiet = False
        engine.scene.town.now = max(upcoming, engine.now)
        if errand is None or errand > upcoming:
            engine.scene.town.now += _BEAT
            wanted = frozenset(name for name, at in wants.items() if at <= engine.now)
            beat(engine, CONTEXTS if engine.dice.random() < _WHOLE else wanted)
    if laps == _LAPS:
        engine.findings.append(f"more than {laps} laps in {time}: it never comes to rest")
    return False


def _wants(engine: Engine) -> dict[str, datetime]:
    """By context the next time at which a row wants to be looked at or is given up on."""
    wants: dict[str, datetime] = {}
    with connection.cursor() as cursor:
        cursor.execute(_looks(), {"now": engine.now.replace(tzinfo=None).isoformat(" ")})
        for context, later_s, text in cursor.fetchall():
            if text:
                at = datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(seconds=later_s)
                wants[context] = min(at, wants.get(context, at))
    return wants


@cache
def _looks() -> str:
    """One statement over all rows; who is past the deadline waits for something else than the time."""
    rows = [model._meta for model in apps.get_models() if issubclass(model, Claimable)]
    again_s = RESEND_AFTER.total_seconds()
    wanted = [
        ("next_look_at", 0.0, "hinted_at IS NULL OR hinted_at < next_look_at"),
        ("hinted_at", again_s, "hinted_at >= next_look_at"),
        ("deadline_at", 0.0, "deadline_at > %(now)s"),
    ]
    asked = [(row.app_label, row.db_table, *want) for row in rows for want in wanted]
    unsent = ("created_at", 0.0, "sent_at IS NULL")
    asked.append((OutboxJob._meta.app_label, OutboxJob._meta.db_table, *unsent))
    return " UNION ALL ".join(
        f"SELECT '{context}', {later_s}, min({column}) FROM {table} WHERE {which}"  # noqa: S608 - our tables
        for context, table, column, later_s, which in asked
    )
