"""What is run, what is found, and what the issue asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: From which CI on a second pull request is built on the first, once enough runs were seen.
_STACKED_FROM_S, _TO_LEARN, _TO_WARM = 30.0, 3, 1
#: GitHub's limit and the share of it that a batch may take.
WRITES_PER_BATCH, WRITES_PER_TASK, REQUESTS_PER_TASK = 3.0, 0.2, 1.0
#: From so many at once on the two per task hold.
_CROWD = 100
#: What the issue's targets were set for, in seconds.
USUAL_CI_S, USUAL_MODEL_S, USUAL_DEPLOY_S = 20.0, 2.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the world outside takes, in seconds."""

    ci_s: float = USUAL_CI_S
    model_s: float = USUAL_MODEL_S
    deploy_s: float = USUAL_DEPLOY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run in a world of its own."""

    at_once: int
    pace: Pace
    #: Questions whose answers CI refuses.
    poisoned: int = 0
    #: A person pushes to the file so often; None never.
    human_every_s: float | None = None
    #: The other flow: a branch and a pull request for each question.
    is_naive: bool = False
    #: Tasks that are rolled back one by one afterwards.
    undone: int = 3

    @property
    def name(self) -> str:
        """For people."""
        words = [f"{self.at_once} at once", f"CI {self.pace.ci_s:g} s"]
        words += [f"{self.poisoned} poisoned"] if self.poisoned else []
        words += [f"a person every {self.human_every_s:g} s"] if self.human_every_s else []
        return ("naive, " if self.is_naive else "") + ", ".join(words)

    @property
    def warm_ups(self) -> int:
        """Questions before it: caches, and how long CI usually takes."""
        return _TO_LEARN if self.pace.ci_s >= _STACKED_FROM_S else _TO_WARM


def targets(scenario: Scenario, found: dict[str, Any]) -> dict[str, bool]:
    """Each target of the issue that is about such a run, and whether it is met."""
    if scenario.is_naive:
        return {}
    met = {
        "all merged but the poisoned": found["merged"] == scenario.at_once - scenario.poisoned
        and found["failed"] == scenario.poisoned,
        "nothing lost, doubled or changed besides": not (found["lost"] or found["doubled"] or found["wrong"]),
        "no refusal": not found["refusals"],
    }
    if scenario.undone:
        met["each undone alone"] = not found["undoing_wrong"]
    if not scenario.poisoned and not scenario.human_every_s:
        met[f"writes per batch ≤ {WRITES_PER_BATCH:g}"] = found["writes_per_batch"] <= WRITES_PER_BATCH
        met |= _times(scenario, found)
    if scenario.poisoned:
        met["CI heads ≤ 20"] = found["ci_heads"] <= 20
    if scenario.at_once >= _CROWD:
        met[f"writes per task ≤ {WRITES_PER_TASK:g}"] = found["writes_per_task"] <= WRITES_PER_TASK
        met[f"requests per task ≤ {REQUESTS_PER_TASK:g}"] = found["requests_per_task"] <= REQUESTS_PER_TASK
    return met


def _times(scenario: Scenario, found: dict[str, Any]) -> dict[str, bool]:
    pace, times = scenario.pace, found["tte_s"]
    if scenario.at_once == 1:
        most = pace.ci_s + pace.model_s + 3
        return {f"TTE ≤ CI + model + 3 s = {most:g} s": times["p50"] <= most}
    if pace.ci_s > USUAL_CI_S:
        return {"P95 ≤ 80 s": times["p95"] <= 80}
    return {"P95 ≤ 60 s": times["p95"] <= 60, "P99 ≤ 75 s": times["p99"] <= 75}


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """P50, P95, P99 (the smallest value that so many do not exceed) and the longest."""
    ranked = sorted(seconds) or [0.0]

    def at(share: float) -> float:
        return round(ranked[max(0, -(-len(ranked) * int(share) // 100) - 1)], 2)

    return {"p50": at(50), "p95": at(95), "p99": at(99), "max": round(ranked[-1], 2)}
