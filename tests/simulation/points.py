"""The points of the simulated world: which there are, and which of them no run can reach, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.watched import call_points, commit_points

#: Where a process that always ends keeps a step from ever being finished.
WHERE_IT_HURTS = (
    "content.documents_at:before",
    "model.complete:before",
    "git.publish_branch:after",
    "writer.open_pull:before",
    "pulls.look_at:after",
    "writer.merge_pull:after",
    "writer.close_pull:before",
    "deployer.live_version:before",
    "prober.probe:before",
    "publish:uncommitted",
    "merged:uncommitted",
    "verified:uncommitted",
)

#: Passed in few runs: what fails rarely, or late on the way back.
SELDOM = (
    "content.commits_to",
    "discussion.find_comment",
    "expire",
    "forge_trouble",
    "healthy_again",
    "merge_still_unknown",
    "model_again",
    "poison",
    "pulls.checks_of",
    "pulls.find_issue",
    "release_failed",
    "retry_release",
    "rolled_back",
    "verification_asks",
    "writer.enable_auto_merge",
    "writer.enqueue",
    "writer.open_issue",
)

#: Calls and commits outside the simulated world, and why.
OUTSIDE = {
    "model.ping": "only `manage.py doctor` asks",
    **dict.fromkeys(
        (
            "replay",
            "spool.find",
            "spool.keep",
            "spool.read",
            "spool.remove",
            "spool.set_aside",
            "spool.trouble",
        ),
        "the database is never away here: tests/integration/stores and tests/faults take it away",
    ),
}


def expected() -> set[str]:
    """Every point that a simulation has to pass, and at which a process has to end."""
    return {point for point in call_points() | commit_points() if point.rsplit(":", 1)[0] not in OUTSIDE}


@dataclass(slots=True)
class Passages:
    """Which points were passed, and at which a process ended."""

    passed: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def add(self, other: Passages) -> None:
        """Take what another run has seen into account."""
        self.passed |= other.passed
        self.ended |= other.ended

    def missing(self) -> list[str]:
        """What is wrong with them as a whole; [] when nothing is."""
        points = expected()
        return [
            *(f"never passed: {point}" for point in sorted(points - self.passed)),
            *(f"passed, and not known as a point: {point}" for point in sorted(self.passed - points)),
        ]

    def spared(self) -> list[str]:
        """Points at which no process happened to end; the fault suite ends one at each of them."""
        return [f"no process ended at: {point}" for point in sorted((expected() & self.passed) - self.ended)]
