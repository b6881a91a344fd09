"""What must be true after every fault, seen from outside: the forge's history, the database, the logs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from scripts.local.places import ROOT
from tasks_app.pipeline.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.ruins import Ruins

#: States that prove a merge.
_MERGED = {State.DONE, State.ROLLED_BACK}
_UNDO = "Auto-rollback"
_TRACE = re.compile(r"^trace-id: ([0-9a-f-]{36})$", re.MULTILINE)
_BRANCHES = ("orchestrator/", "hotfix/")


def wrongs(world: Ruins) -> list[str]:
    """Everything that is wrong; empty after a run that lost and doubled nothing."""
    return [
        *merges(world),
        *pulls(world),
        *issues(world),
        *branches_and_tags(world),
        *messages(world),
        *rows(world),
        *logs(world),
    ]


def merges(world: Ruins) -> Iterator[str]:
    """One merge per trace id, and one undo at most, in the history of main."""
    done, undone = Counter[str](), Counter[str]()
    for message in world.git("log", "--format=%B%x00", "main").split("\0"):
        target = undone if _UNDO in message else done
        target.update(set(_TRACE.findall(message)))
    states = world.states()
    yield from (f"{one} was merged {n} times" for one, n in done.items() if n > 1)
    yield from (f"{one} was undone {n} times" for one, n in undone.items() if n > 1)
    yield from (
        f"{one} is {states[one]} and was never merged"
        for one in states
        if states[one] in _MERGED and not done[one]
    )
    yield from (f"{one} is merged and unknown" for one in done if one not in states)
    yield from (f"{one} is done and undone" for one in undone if states.get(one) == State.DONE)


def pulls(world: Ruins) -> Iterator[str]:
    """One pull request per branch, and every one of ours written down."""
    found = every(world, "/pulls?state=all")
    heads = Counter(pull["head"]["ref"] for pull in found)
    yield from (f"{n} pull requests from {head}" for head, n in heads.items() if n > 1)
    known = {row["number"]: row for row in world.rows("SELECT * FROM tasks_app_pullrequest")}
    known |= {row["number"]: row for row in world.rows("SELECT * FROM rollback_app_rollback")}
    for pull in found:
        row = known.get(pull["number"], {})
        if pull["merged_at"] and row.get("merge_sha") != pull["merge_commit_sha"]:
            yield f"#{pull['number']} is merged and the row says {row.get('state')} {row.get('merge_sha')}"
        comments = [one["body"] for one in every(world, f"/issues/{pull['number']}/comments")]
        yield from (f"#{pull['number']}: {n} times {one}" for one, n in Counter(comments).items() if n > 1)


def issues(world: Ruins) -> Iterator[str]:
    """One incident per rollback, and none that no rollback knows."""
    found = [one for one in every(world, "/issues?state=all") if "pull_request" not in one]
    reported = {row["issue_number"] for row in world.rows("SELECT issue_number FROM rollback_app_rollback")}
    yield from (
        f"issue #{one['number']} belongs to nobody: {one['title']}"
        for one in found
        if one["number"] not in reported
    )


def branches_and_tags(world: Ruins) -> Iterator[str]:
    """Nothing on the forge that no row names; a tag for each merge of ours at most."""
    names = {row["head_branch"] for row in world.rows("SELECT head_branch FROM tasks_app_pullrequest")}
    names |= {row["head_branch"] for row in world.rows("SELECT head_branch FROM rollback_app_rollback")}
    ours = [one["name"] for one in every(world, "/branches") if one["name"].startswith(_BRANCHES)]
    yield from (f"branch {name} belongs to nobody" for name in ours if name not in names)
    known = {row["name"] for row in world.rows("SELECT name FROM tasks_app_effect WHERE kind = 'tag'")}
    tags = {one["name"] for one in every(world, "/tags")}
    yield from (f"tag {name} belongs to nobody" for name in tags - known)


def messages(world: Ruins) -> Iterator[str]:
    """Every message to people at most as often as it was written down; alerts keep their own count."""
    said = world.sandbox.get("/_sandbox/messages", params={"kind": "slack"}).raise_for_status().json()
    texts = [one["text"] for one in said]
    written = Counter(row["title"] for row in world.rows("SELECT title FROM tasks_app_notification"))
    for title, count in written.items():
        heard = sum(title in text for text in texts)
        if heard > count:
            yield f"{heard} messages instead of {count}: {title}"


def rows(world: Ruins) -> Iterator[str]:
    """The invariants that hold over rows alone, asked by a process that joins the stack."""
    asked = subprocess.run(
        [sys.executable, "-m", "tests.faults.audit"],
        env=world.stack.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if asked.returncode:
        yield asked.stderr
    else:
        yield from json.loads(asked.stdout.splitlines()[-1])


def logs(world: Ruins) -> Iterator[str]:
    """No job that ended by an exception of ours; what stores and signals cause is foreseen."""
    for log in sorted((world.directory / "logs").glob("worker-*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if "raised unexpected" in line and not _FORESEEN.search(line):
                yield f"{log.stem}: {line[:300]}"


#: A child that was killed is reported by its parent; a broker that is away, by Celery.
_FORESEEN = re.compile("WorkerLostError|ConnectionError|TimeoutError|OperationalError|ResponseError")


def every(world: Ruins, path: str) -> list[Any]:
    """All pages of a list on the forge."""
    found: list[Any] = []
    joint = "&" if "?" in path else "?"
    while page := world.forge("GET", f"{path}{joint}per_page=100&page={len(found) // 100 + 1}"):
        found += page
        if len(page) < 100:
            break
    return found
