"""Which points are passed where: on the way to production, on the way back, or never by these processes."""

from __future__ import annotations

from tests.fakes.watched import call_points, commit_points

#: Points that neither workers nor web pass in this suite, each with its reason.
NEVER = {
    "model.ping": "only `manage.py doctor` and the health page ask whether the model is there",
    **dict.fromkeys(
        ("content.commits_to", "pulls.checks_of", "writer.enable_auto_merge", "writer.enqueue"),
        "its repository lets us merge directly; the simulation ends processes there",
    ),
    "spool.read": "only a status page that found no database; there a reader dies, and nothing is written",
    "spool.set_aside": "only what is no submission is set aside, which none of our processes ever spools",
    "spool.trouble": "asked by the system checks, before a worker is named or a web process listens",
}

#: Commits and calls that are made on the way back only.
_BACK = {
    *("await_confirming", "await_probes", "give_up_rollback", "healthy_again", "pause_between_rounds"),
    *(
        "pause_in_confirming",
        "rebuild_revert",
        "release_failed",
        "resume_rollback",
        "retry_release",
        "revert_green",
    ),
    *("revert_live", "revert_merged", "revert_published", "rollback_asks", "rollback_waits", "rolled_back"),
    *("start_confirming", "start_rollback", "verification_asks", "wait_for_gate", "wait_for_deploy"),
    *("notifier.notify", "writer.open_issue", "pulls.find_issue"),
    # Asked of a release that is not live yet: here deploys are slow.
    "content.contains",
}

#: Killed in both: a round whose probes were never sent is how rounds are found unfinished.
_BOTH = {"start_round:committed"}


def all_points() -> set[str]:
    """Everything that has to be reached."""
    return {point for point in call_points() | commit_points() if _name(point) not in NEVER}


def way_back_points() -> set[str]:
    """What the stack that rolls back arms."""
    return {point for point in all_points() if _name(point) in _BACK} | _BOTH


def way_there_points() -> set[str]:
    """What the other stack arms: also every point that somebody adds and nobody has placed yet."""
    return {point for point in all_points() if _name(point) not in _BACK}


def _name(point: str) -> str:
    return point.rpartition(":")[0]
