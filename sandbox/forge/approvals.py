"""Approvals of pull requests."""

from sandbox.store import Doc
from sandbox.world import World

_JUDGING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


def approvals_of(world: World, repo: str, pull: Doc) -> int:
    """Count reviewers whose newest judgement approves; a demand for changes outweighs all."""
    newest: dict[str, str] = {}
    for review in world.store.find(f"review:{repo}", "pull", pull["number"]):
        if review["state"] in _JUDGING and review["user"] != pull["user"]:
            newest[review["user"]] = review["state"]
    states = list(newest.values())
    return -1 if "CHANGES_REQUESTED" in states else states.count("APPROVED")
