"""What check runs and commit statuses say about a commit."""

from collections import Counter
from typing import Any

from sandbox.forge.rules import RequiredCheck, Rules
from sandbox.store import Doc
from sandbox.world import World

PASSING = frozenset({"success", "neutral", "skipped"})


def latest_runs(world: World, repo: str, sha: str) -> list[Doc]:
    """Check runs of a commit, only the newest of each app and name."""
    newest = {
        (run["app"], run["name"]): run for run in world.store.find(f"check_run:{repo}", "head_sha", sha)
    }
    return list(newest.values())


def latest_statuses(world: World, repo: str, sha: str) -> list[Doc]:
    """Commit statuses of a commit, only the newest of each context, newest first."""
    newest: dict[str, Doc] = {}
    for status in reversed(world.store.find(f"status:{repo}", "sha", sha)):
        newest.setdefault(status["context"], status)
    return list(newest.values())


def state_of(world: World, repo: str, sha: str, check: RequiredCheck) -> str:
    """Tell where one required check stands: success, failing, pending, queued, in progress or expected."""
    runs = [run for run in latest_runs(world, repo, sha) if run["name"] == check.context]
    states = [_run_state(run) for run in runs if check.app_id in {None, run["app_id"]}]
    if check.app_id is None:
        statuses = latest_statuses(world, repo, sha)
        states += [_status_state(one) for one in statuses if one["context"] == check.context]
    unmet = [state for state in states if state != "success"]
    return unmet[0] if unmet else ("success" if states else "expected")


def refusal(world: World, repo: str, sha: str, rules: Rules) -> str:
    """Word why the required checks of `rules` do not allow `sha`; empty if they do."""
    states = {check.context: state_of(world, repo, sha, check) for check in rules.checks}
    unmet = {context: state for context, state in states.items() if state != "success"}
    if not unmet:
        return ""
    if len(unmet) == 1:
        [(context, state)] = unmet.items()
        return f'Required status check "{context}" is {state}.'
    counts = Counter(unmet.values())
    head = f"{len(unmet)} of {len(states)} required status checks"
    if set(counts) == {"expected"}:
        return f"{head} are expected."
    listed = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"{head} have not succeeded: {listed}."


def is_unstable(world: World, repo: str, sha: str) -> bool:
    """Whether anything reported on a commit is not green."""
    runs = (_run_state(run) for run in latest_runs(world, repo, sha))
    statuses = (_status_state(one) for one in latest_statuses(world, repo, sha))
    return any(state != "success" for state in (*runs, *statuses))


def _run_state(run: Doc) -> str:
    if run["status"] != "completed":
        return str(run["status"]).replace("_", " ")
    return "success" if run["conclusion"] in PASSING else "failing"


def _status_state(status: Doc | dict[str, Any]) -> str:
    return {"success": "success", "pending": "pending"}.get(status["state"], "failing")
