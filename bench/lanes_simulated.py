"""Hours of many questions in the simulated town: the product's own services, and a clock that is ours."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bench.lanes_plan import quantiles
from tests.simulation import database

_SEED = 1
#: What GitHub allows, and what everyday work may use of it.
_PER_HOUR, _EVERYDAY = 500, 440


def simulate(hours: float) -> dict[str, Any]:
    """Run them; what came of it, and what it cost in seconds of this machine's CPU."""
    database.prepare()
    # They need Django's settings first.
    from django.test.utils import override_settings  # noqa: PLC0415

    from closedloop.wiring import use  # noqa: PLC0415
    from tests.simulation.load import SETTINGS, BusyTown, Load, outcome_of  # noqa: PLC0415

    began_s = time.process_time()
    with override_settings(**SETTINGS):
        town = BusyTown(Load(seed=_SEED, lasts=timedelta(hours=hours)))
        with use(town.ports, everywhere=True):
            found = asdict(outcome_of(town, town.work()))
    tte_s = found.pop("tte_s")
    return {
        "hours": hours,
        "merged": len(tte_s),
        **found,
        "tte_s": quantiles(tte_s),
        "cpu_s": round(time.process_time() - began_s, 1),
    }


def told(found: dict[str, Any]) -> str:
    """The run, for people."""
    times = found["tte_s"]
    met = {
        "all merged": found["merged"] == found["asked"],
        "P95 ≤ 60 s": times["p95"] <= 60,
        f"at most {_EVERYDAY} of {_PER_HOUR} writes in any hour": found["most_per_hour"] <= _EVERYDAY,
        "nobody waited for the next hour": not found["waits_for_the_hour"],
    }
    merged = f"{found['merged']} of {found['asked']} merged in {found['batches']} batches"
    tte = f"P50 {times['p50']} s, P95 {times['p95']} s, P99 {times['p99']} s, at most {times['max']} s"
    most = f"at most {found['most_per_hour']} in an hour, {found['most_per_minute']} in a minute"
    lines = [f"{found['hours']:g} simulated hours: {merged}; {tte}"]
    lines.append(f"  {found['writes']} writes, {most}; {found['cpu_s']} s of CPU")
    lines += [f"  {'met   ' if is_met else 'MISSED'}  {name}" for name, is_met in met.items()]
    return "\n".join(lines)
