"""Laps → figures: how long, where, and how much of it was the product's own."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from bench.loop_jobs import PROBE, counted
from bench.loop_spans import busy_s, intervals, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.loop_asking import Lap
    from bench.loop_jobs import Job

#: What the issue asks for, in seconds.
TARGETS_S = {"total_s": 3.0, "own_s": 0.5}
_KINDS = ("request", "ci", "deploy")


def figures_of(lap: Lap, log: Sequence[dict[str, Any]], jobs: Sequence[Job]) -> dict[str, Any]:
    """Everything known about one lap, in seconds.

    The product's own share is the total minus the union of all times at which the sandbox was busy.
    """
    busy = union(intervals(log))
    ran = counted(jobs, lap.began_s, lap.ended_s)
    probes = ran.pop(PROBE, 0)
    return {
        "task_id": lap.task_id,
        "question": lap.question,
        "total_s": lap.seconds,
        "own_s": lap.seconds - busy_s(busy, lap.began_s, lap.ended_s),
        "sandbox_s": {kind: busy_s(union(intervals(log, kind)), lap.began_s, lap.ended_s) for kind in _KINDS},
        "states": {
            stay.state: {
                "total_s": stay.ended_s - stay.began_s,
                "own_s": stay.ended_s - stay.began_s - busy_s(busy, stay.began_s, stay.ended_s),
            }
            for stay in lap.stays
        },
        "jobs": {"in_chains": ran.total(), "in_the_chord": probes, "by_name": dict(sorted(ran.items()))},
    }


def summarise(laps: Sequence[dict[str, Any]], plain_s: Sequence[float]) -> dict[str, Any]:
    """Medians with their extremes, and whether the targets are met."""
    states = list(dict.fromkeys(state for lap in laps for state in lap["states"]))
    summary: dict[str, Any] = {
        "laps": len(laps),
        "total_s": _spread([lap["total_s"] for lap in laps]),
        "own_s": _spread([lap["own_s"] for lap in laps]),
        "sandbox_s": {kind: _spread([lap["sandbox_s"][kind] for lap in laps]) for kind in _KINDS},
        "states": {
            state: {
                part: _spread([lap["states"][state][part] for lap in laps if state in lap["states"]])
                for part in ("total_s", "own_s")
            }
            for state in states
        },
        "jobs": {part: middle_job_count(laps, part) for part in ("in_chains", "in_the_chord")},
        "bare_celery_s": _spread(plain_s),
    }
    summary["targets_met"] = {name: summary[name]["median"] <= limit for name, limit in TARGETS_S.items()}
    return summary


def middle_job_count(laps: Sequence[dict[str, Any]], part: str) -> int:
    """How many jobs a usual lap ran."""
    counts: list[int] = [lap["jobs"][part] for lap in laps]
    return round(median(counts))


def table(summary: dict[str, Any]) -> str:
    """The summary for people."""
    rows = [f"{'seconds':<24} {'median':>8} {'min':>8} {'max':>8}"]
    rows += [_row("request → verified done", summary["total_s"])]
    rows += [_row("the product's own share", summary["own_s"])]
    rows += [_row(f"  sandbox: {kind}", spread) for kind, spread in summary["sandbox_s"].items()]
    for state, parts in summary["states"].items():
        rows += [_row(f"  {state}", parts["total_s"]), _row("    of it our own", parts["own_s"])]
    jobs = summary["jobs"]
    rows += [_row("bare Celery", summary["bare_celery_s"])]
    rows += [f"  ({jobs['in_chains']} no-op jobs in a chain, then a chord of {jobs['in_the_chord']})"]
    for name, limit in TARGETS_S.items():
        rows.append(f"target {name} ≤ {limit:g}: {'met' if summary['targets_met'][name] else 'MISSED'}")
    return "\n".join(rows)


def _row(name: str, spread: dict[str, float]) -> str:
    return f"{name:<24} {spread['median']:8.3f} {spread['min']:8.3f} {spread['max']:8.3f}"


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": median(values), "min": min(values), "max": max(values)}
