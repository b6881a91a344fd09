"""What a simulated world of many hours may forget, so that its last hour costs no more than its first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.fakes.script import Call, Deed

if TYPE_CHECKING:
    from tests.fakes.town import Town

#: Commits that anybody may still ask for: several batches of them.
_KEPT = 300


def forget_the_past(town: Town) -> None:
    """Cut the history of main off, as in a shallow clone, while no pull request is open; and forget calls."""
    repository, script = town.world.repository, town.forge.script
    kept = set(repository.history(repository.branches["main"])[:_KEPT])
    repository.commits = {
        sha: replace(commit, parents=tuple(sha for sha in commit.parents if sha in kept))
        for sha, commit in repository.commits.items()
        if sha in kept
    }
    repository.branches = {name: sha for name, sha in repository.branches.items() if sha in kept}
    repository.tags = {name: sha for name, sha in repository.tags.items() if sha in kept}
    town.world.checks = {sha: checks for sha, checks in town.world.checks.items() if sha in kept}
    script.calls, script.deeds = list[Call](), list[Deed]()
