"""Rounds → one line per candidate and store, beside the plain design = 1."""

from __future__ import annotations

from statistics import mean
from typing import Any

_FIGURES = ("per_second", "cpu_ms_per_request", "p50_ms", "p95_ms")


def summarise(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean over the rounds, and the ratios to the plain design on the same store."""
    lines = []
    for store in dict.fromkeys(run["store"] for run in runs):
        means = {name: _mean(runs, store, name) for name in dict.fromkeys(run["candidate"] for run in runs)}
        plain = means["plain"]
        for name, figures in means.items():
            ratios = {
                "throughput_ratio": figures["per_second"] / plain["per_second"],
                "cpu_ratio": figures["cpu_ms_per_request"] / plain["cpu_ms_per_request"],
            }
            lines.append({"store": store, "candidate": name, **figures, **ratios})
    return lines


def _mean(runs: list[dict[str, Any]], store: str, name: str) -> dict[str, float]:
    mine = [run for run in runs if (run["store"], run["candidate"]) == (store, name)]
    return {figure: mean(run[figure] for run in mine) for figure in _FIGURES}


def table(lines: list[dict[str, Any]]) -> str:
    """The summary for people."""
    columns = "store       candidate   req/s  CPU ms/req  p50 ms  p95 ms  × plain  CPU × plain"
    return "\n".join([columns, *(_row(line) for line in lines)])


def _row(line: dict[str, Any]) -> str:
    times = f"{line['cpu_ms_per_request']:10.3f}  {line['p50_ms']:6.1f}  {line['p95_ms']:6.1f}"
    ratios = f"{line['throughput_ratio']:7.2f}  {line['cpu_ratio']:11.2f}"
    return f"{line['store']:<11} {line['candidate']:<9} {line['per_second']:7.0f}  {times}  {ratios}"
