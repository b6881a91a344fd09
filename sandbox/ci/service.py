"""CI: pull requests, merge groups and pushes run the repository's own workflows, reported as check runs.

1. What a workflow wants to run is reported `queued` before the cause (a push, a new pull request) is told.
2. Each job runs in its own copy of the head's tree: `in_progress`, then `completed` with what it printed.
3. What a killed process left unfinished is checked anew when the next one starts.
4. A job whose `if` says no is reported `skipped`, as on GitHub; `[skip ci]` in the head's message means none.
"""

import pygit2

from sandbox.ci.builds import Build, Builds
from sandbox.ci.workflow import Trigger
from sandbox.events import Event
from sandbox.faults.armory import Armory
from sandbox.forge.accounts import CI_APP
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.repos import find_repo
from sandbox.forge.verdicts import latest_runs
from sandbox.git.diffs import changes_between
from sandbox.git.merges import merge_base
from sandbox.git.refs import HEADS
from sandbox.store import Doc
from sandbox.world import World


class ContinuousIntegration:
    """Subscribes to what starts checks."""

    def __init__(self, world: World, armory: Armory) -> None:
        self._world = world
        self._builds = Builds(world, armory)
        world.bus.subscribe("pull_request", self._on_pull_request)
        world.bus.subscribe("push", self._on_push)
        world.bus.subscribe("merge_group", self._on_merge_group)
        world.bus.subscribe("check_suite", self._on_suite)
        world.bus.subscribe("check_run", self._on_run)
        world.on_start.append(self._resume)

    def _on_pull_request(self, event: Event) -> None:
        pull = event.payload["pull_request"]
        if pull["state"] != "open":
            return
        git, head, base = self._git(event), pull["head"], pull["base"]
        build = self._build(event, head["ref"], head["sha"], merge_base(git, base["sha"], head["sha"]))
        self._start(event, build, (base["ref"], head["ref"]))

    def _on_push(self, event: Event) -> None:
        payload = event.payload
        if payload["deleted"] or not payload["ref"].startswith(HEADS):
            return
        branch = payload["ref"].removeprefix(HEADS)
        before = None if payload["created"] else payload["before"]
        self._start(event, self._build(event, branch, payload["after"], before), (branch, ""))

    def _on_merge_group(self, event: Event) -> None:
        if event.action != "checks_requested":
            return
        group = event.payload["merge_group"]
        branch, head = group["base_ref"].removeprefix(HEADS), group["head_sha"]
        carrier = group["head_ref"].removeprefix(HEADS)
        tip = branch_tip(self._world, event.repo, branch) or group["base_sha"]
        base = merge_base(self._git(event), tip, head)
        self._start(event, self._build(event, carrier, head, base), (branch, ""))

    def _on_suite(self, event: Event) -> None:
        suite = event.payload["check_suite"]
        if event.action == "rerequested" and suite["app"]["slug"] == CI_APP:
            for run in self._own(event.repo, suite["head_sha"]):
                if run["conclusion"] != "skipped":
                    self._builds.again(self._repo(event.repo), run)

    def _on_run(self, event: Event) -> None:
        shown = event.payload["check_run"]
        if event.action == "rerequested" and shown["app"]["slug"] == CI_APP:
            run = self._world.store.get(f"check_run:{event.repo}", shown["id"])
            self._builds.again(self._repo(event.repo), run or {})

    async def _resume(self) -> None:
        for repo in self._world.store.all("repo"):
            runs = self._world.store.all(f"check_run:{repo['full_name']}")
            for sha in {run["head_sha"] for run in runs if run["status"] != "completed"}:
                for run in self._own(repo["full_name"], sha):
                    if run["status"] != "completed":
                        self._builds.resume(repo, run)

    def _own(self, full_name: str, sha: str) -> list[Doc]:
        return [run for run in latest_runs(self._world, full_name, sha) if run["app"] == CI_APP]

    def _build(self, event: Event, branch: str, sha: str, base: str | None) -> Build:
        return Build(repo=self._repo(event.repo), sha=sha, branch=branch, base=base)

    def _start(self, event: Event, build: Build, names: tuple[str, str]) -> None:
        """Start what an event asks for; the names are those of branch and head as the workflow sees them."""
        paths = _changed(self._git(event), build.base, build.sha)
        trigger = Trigger(
            event=event.kind, action=event.action, branch=names[0], head_ref=names[1], paths=paths
        )
        self._builds.start(build, trigger)

    def _repo(self, full_name: str) -> Doc:
        return find_repo(self._world, full_name) or {}

    def _git(self, event: Event) -> pygit2.Repository:
        return self._world.git.open(event.repo)


def _changed(git: pygit2.Repository, old: str | None, new: str) -> list[str]:
    changes = changes_between(git, old, new)
    return [path for change in changes for path in (change.filename, change.previous) if path]
