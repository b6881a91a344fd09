"""The runs, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.lanes_plan import targets

if TYPE_CHECKING:
    from bench.lanes_plan import Scenario

_COLUMNS = (
    *(("merged", 9), ("lost", 5), ("doubled", 8), ("P50", 7), ("P95", 7), ("P99", 7), ("batches", 8)),
    *(("writes/task", 12), ("writes/batch", 13), ("requests/task", 14), ("refused", 8), ("CI heads", 9)),
)


def head() -> str:
    """The columns; times are in seconds from asked to merged."""
    return f"{'':<44}" + "".join(f"{name:>{width}}" for name, width in _COLUMNS)


def row(scenario: Scenario, found: dict[str, Any]) -> str:
    """One run and, below it, its targets and what was wrong."""
    times = found["tte_s"]
    cells = (
        *(f"{found['merged']}/{found['asked']}", len(found["lost"]), len(found["doubled"])),
        *(f"{times[name]:.1f}" for name in ("p50", "p95", "p99")),
        *(found["batches"], found["writes_per_task"], found["writes_per_batch"]),
        *(found["requests_per_task"], found["refusals"], found["ci_heads"]),
    )
    line = "".join(f"{cell!s:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
    verdicts = [
        f"  {'met   ' if is_met else 'MISSED'}  {name}" for name, is_met in targets(scenario, found).items()
    ]
    stays = "  ".join(f"{state} {seconds:.1f}" for state, seconds in found.get("stays_s", {}).items())
    return "\n".join(
        [f"{scenario.name:<44}{line}", *([f"  {stays}"] if stays else []), *verdicts, *_remarks(found)]
    )


def _remarks(found: dict[str, Any]) -> list[str]:
    several = [*found["lost"], *found["doubled"], *found["wrong"], *found.get("undoing_wrong", ())]
    remarks = [f"  wrong   {one}" for one in several[:10]]
    if found["unfinished"]:
        remarks.append(f"  {len(found['unfinished'])} were not done when the time was over")
    if found.get("edits"):
        remarks.append(f"  {found['edits']} edits by hand, whose pushes lost {found['lost_races']} races")
    return remarks
