"""The part of GitHub Actions' workflow files that the practice world obeys.

Obeyed: `on` (push, merge_group, pull_request with `types`, `branches`, `branches-ignore`, `paths`,
`paths-ignore`), `jobs` with `if`, `name`, `timeout-minutes`, and steps with `run` or `uses`. `needs`,
matrices and services are not.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.ci.paths import is_any_match, is_match

#: A job is stopped after this many seconds whatever its file says.
LONGEST_S = 180.0
_SKIP = re.compile(
    r"\[(skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: *true$",
    re.IGNORECASE | re.MULTILINE,
)
_STARTS_WITH = re.compile(r"(!?)\s*startsWith\(\s*github\.head_ref\s*,\s*'([^']*)'\s*\)")
_USUAL_TYPES = ("opened", "synchronize", "reopened")


class WorkflowError(Exception):
    """A workflow file that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What happened, as far as a workflow may ask."""

    #: `push`, `pull_request` or `merge_group`.
    event: str
    #: The payload's action; empty for a push.
    action: str
    #: The branch pushed to, or the base branch of the pull request or merge group.
    branch: str
    #: The head branch of the pull request; empty for anything else, as in Actions.
    head_ref: str
    #: Paths that differ.
    paths: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a job."""

    #: Shell script; empty for a step that uses an action.
    run: str
    #: The action used; empty for a script.
    uses: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job, which becomes one check run."""

    #: Name of the check run.
    name: str
    #: The condition, without `${{ }}`; empty when there is none.
    condition: str
    #: Seconds after which the job is stopped.
    timeout_s: float
    #: What it does, in order.
    steps: Sequence[Step]

    def is_wanted(self, trigger: Trigger) -> bool:
        """Evaluate the condition; raises WorkflowError for one outside the supported part."""
        if not self.condition or self.condition == "always()":
            return True
        found = _STARTS_WITH.fullmatch(self.condition)
        if not found:
            raise WorkflowError(f"job {self.name}: the condition {self.condition!r} is not supported here")
        return trigger.head_ref.startswith(found[2]) != bool(found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow file."""

    #: Its name.
    name: str
    #: Filters by event name.
    on: Mapping[str, Mapping[str, Any]]
    #: Its jobs in the order of the file.
    jobs: Sequence[Job]

    def is_triggered(self, trigger: Trigger) -> bool:
        """Return whether the file asks to be run for this."""
        if trigger.event not in self.on:
            return False
        filters = self.on[trigger.event]
        if trigger.event == "pull_request" and trigger.action not in filters.get("types", _USUAL_TYPES):
            return False
        return _is_branch_wanted(filters, trigger.branch) and _are_paths_wanted(filters, trigger.paths)


def _is_branch_wanted(filters: Mapping[str, Any], branch: str) -> bool:
    if "branches" in filters:
        return is_match(filters["branches"], branch)
    return not is_match(filters.get("branches-ignore", ()), branch)


def _are_paths_wanted(filters: Mapping[str, Any], paths: Sequence[str]) -> bool:
    if "paths" in filters:
        return is_any_match(filters["paths"], paths)
    ignored = filters.get("paths-ignore", ())
    return not ignored or not all(is_match(ignored, path) for path in paths)


def is_skipped(message: str) -> bool:
    """Return whether a commit message asks for no run.

    https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
    """
    return bool(_SKIP.search(message))


def _events(on: object) -> dict[str, Mapping[str, Any]]:
    if isinstance(on, str):
        return {on: {}}
    if isinstance(on, list):
        return {str(name): {} for name in on}
    if isinstance(on, dict):
        return {str(name): filters or {} for name, filters in on.items()}
    raise WorkflowError("`on` is missing")


def _job(key: str, body: Mapping[str, Any]) -> Job:
    steps = [
        Step(run=str(step.get("run", "")), uses=str(step.get("uses", ""))) for step in body.get("steps", ())
    ]
    condition = str(body.get("if", "")).strip().removeprefix("${{").removesuffix("}}").strip()
    timeout_s = min(float(body.get("timeout-minutes", 360)) * 60, LONGEST_S)
    return Job(name=str(body.get("name", key)), condition=condition, timeout_s=timeout_s, steps=steps)


def parse_workflow(text: str) -> Workflow:
    """Read a workflow file; raises WorkflowError."""
    try:
        body = yaml.load(text, Loader=_LOADER)  # noqa: S506 -- both loaders are safe ones
        # YAML 1.1 reads the key `on` as true.
        on = _events(body.get("on", body.get(True)))
        jobs = [_job(str(key), job) for key, job in body["jobs"].items()]
        return Workflow(name=str(body.get("name", "workflow")), on=on, jobs=jobs)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise WorkflowError(f"not a workflow: {error}") from error


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
