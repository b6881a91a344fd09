"""From the sandbox's own counts to what a task and a batch cost. Pure."""

from __future__ import annotations

from typing import Any

#: Each request once: those that create content are among `rest_write` and `graphql` already.
_KINDS = ("rest_read", "rest_write", "graphql", "git_fetch", "git_push")
#: Heads on which CI ran because of us: pushes to the base branch are everybody's.
_OURS = ("pull_request", "merge_group")


def figures_of(counts: dict[str, Any], *, merged: int, pushes: int = 0) -> dict[str, Any]:
    """Sum them up; a person's fetches and pushes, one pair for each try, are left out."""
    requests = dict(counts["requests"])
    requests["git_fetch"] -= pushes
    requests["git_push"] -= pushes
    batches = counts["pulls_opened"]
    total, writes = sum(requests[kind] for kind in _KINDS), requests["content_write"]
    return {
        "requests": requests,
        "batches": batches,
        "merges": counts["merges"],
        "writes_per_task": _share(writes, merged),
        "writes_per_batch": _share(writes, batches),
        "requests_per_task": _share(total, merged),
        "refusals": sum(counts["refusals"].values()),
        "ci_heads": sum(counts["ci_runs_by_event"][event] for event in _OURS),
        "ci_reruns": counts["ci_reruns"],
    }


def _share(count: int, among: int) -> float:
    return round(count / max(1, among), 3)
