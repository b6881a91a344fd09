"""The entries of merge queues: who waits where, and what has been built for whom.

`queue_entry:{repo}` under the pull request's number: `{id, number, base, login, jump, order, enqueued_at,
enqueued_s, group}`; `group` is None until the entry has been built: `{ref, head, parent, built_s}`, a branch
with the pull request merged onto `parent`, which is the base branch's tip or the head of the entry before it.
`queue_pace:{repo}` under the branch: `{seconds}`, how long the newest merged entry waited.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from typing import Any

from sandbox.forge import verdicts
from sandbox.forge.issues import find_issue
from sandbox.forge.queue_steps import GREEN, PENDING, RED, Seen
from sandbox.forge.rules import rules_for
from sandbox.store import Doc
from sandbox.world import World

#: the account by which GitHub's queue merges
ROBOT = "github-merge-queue[bot]"
_STATES = {GREEN: "MERGEABLE", RED: "UNMERGEABLE", PENDING: "AWAITING_CHECKS"}


def entry_of(world: World, full_name: str, number: int) -> Doc | None:
    """Return the entry of a pull request, or None."""
    return world.store.get(f"queue_entry:{full_name}", number)


def entries_of(world: World, full_name: str, branch: str) -> list[Doc]:
    """List the entries that wait for a branch, the first to be merged first."""
    found = world.store.find(f"queue_entry:{full_name}", "base", branch)
    return sorted(found, key=lambda entry: entry["order"])


def save_entry(world: World, full_name: str, entry: Doc, **changes: Any) -> Doc:
    """Store an entry with changes."""
    return world.store.put(f"queue_entry:{full_name}", entry["number"], {**entry, **changes})


def is_queued(world: World, full_name: str, branch: str) -> bool:
    """Whether a pull request from this branch waits in a queue."""
    entries = world.store.all(f"queue_entry:{full_name}")
    return any(find_issue(world, full_name, one["number"])["head_ref"] == branch for one in entries)


def seen(world: World, repo: Doc, entry: Doc) -> Seen:
    """Look at an entry as the queue judges it."""
    group = entry["group"]
    return Seen(
        number=entry["number"],
        verdict=_verdict(world, repo, entry["base"], group["head"]) if group else PENDING,
        built_s=group["built_s"] if group else None,
        enqueued_s=entry["enqueued_s"],
    )


def state_of(world: World, repo: Doc, entry: Doc) -> str:
    """Tell the state of an entry in GraphQL's words."""
    return _STATES[seen(world, repo, entry).verdict] if entry["group"] else "QUEUED"


def position_of(world: World, full_name: str, entry: Doc) -> int:
    """Tell an entry's place, from 1; an entry that has left keeps the place it would have."""
    ahead = entries_of(world, full_name, entry["base"])
    return 1 + len([one for one in ahead if one["order"] < entry["order"]])


def expected_wait_s(world: World, full_name: str, branch: str) -> float | None:
    """Tell how long a new entry will wait, from the newest merge; None where none has been."""
    pace = world.store.get(f"queue_pace:{full_name}", branch)
    return None if pace is None else float(pace["seconds"])


def _verdict(world: World, repo: Doc, branch: str, sha: str) -> str:
    checks = [check for rules in rules_for(world, repo, branch) for check in rules.checks]
    states = {verdicts.state_of(world, repo["full_name"], sha, check) for check in checks}
    if "failing" in states:
        return RED
    return GREEN if states <= {"success"} else PENDING
