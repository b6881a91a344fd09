"""CI: pull requests and pushes run the repository's own workflows, reported as check runs.

1. What a workflow wants to run is reported `queued` before the cause (a push, a new pull request) is told.
2. Each job runs in its own copy of the head's tree: `in_progress`, then `completed` with what it printed.
3. What a killed process left unfinished is checked anew when the next one starts.
4. A job whose `if` says no is reported `skipped`, as on GitHub; `[skip ci]` in the head's message means none.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pygit2

from sandbox.ci.runner import JobResult, run_job
from sandbox.ci.workflow import Job, Trigger, Workflow, WorkflowError, is_skipped, parse_workflow
from sandbox.events import Event
from sandbox.faults.armory import Armory, Kind
from sandbox.forge.accounts import CI_APP
from sandbox.forge.checks import create_check_run, update_check_run
from sandbox.forge.repos import find_repo
from sandbox.git.commits import commit_at
from sandbox.git.diffs import changes_between
from sandbox.git.merges import merge_base
from sandbox.store import Doc
from sandbox.trees import read_tree
from sandbox.world import World

_AT_ONCE = 6
_FOLDER = ".github/workflows/"
_ARMED = JobResult(conclusion="failure", output="A fault is armed: this check fails whatever it finds.\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One commit to be checked, and why."""

    #: The repository.
    repo: Doc
    #: The commit.
    sha: str
    #: What happened.
    trigger: Trigger
    #: The branch that carries the commit.
    branch: str


class ContinuousIntegration:
    """Subscribes to what starts checks."""

    def __init__(self, world: World, armory: Armory) -> None:
        self._world = world
        self._armory = armory
        self._room = asyncio.Semaphore(_AT_ONCE)
        world.bus.subscribe("pull_request", self._on_pull_request)
        world.bus.subscribe("push", self._on_push)
        world.bus.subscribe("merge_group", self._on_merge_group)
        world.bus.subscribe("check_suite", self._on_rerequest)
        world.bus.subscribe("check_run", self._on_rerequest)
        world.on_start.append(self._resume)

    def _on_pull_request(self, event: Event) -> None:
        pull = event.payload["pull_request"]
        if pull["state"] == "open":
            self._check_pull(event.repo, pull, event.action)

    def _check_pull(self, repo: str, pull: dict[str, Any], action: str) -> None:
        git, head, base = self._world.git.open(repo), pull["head"], pull["base"]
        paths = _changed(git, merge_base(git, base["sha"], head["sha"]), head["sha"])
        trigger = Trigger(
            event="pull_request", action=action, branch=base["ref"], head_ref=head["ref"], paths=paths
        )
        self._start(repo, head["sha"], trigger, head["ref"])

    def _on_push(self, event: Event) -> None:
        payload = event.payload
        if payload["deleted"] or not payload["ref"].startswith("refs/heads/"):
            return
        before = None if payload["created"] else payload["before"]
        paths = _changed(self._world.git.open(event.repo), before, payload["after"])
        branch = payload["ref"].removeprefix("refs/heads/")
        trigger = Trigger(event="push", action="", branch=branch, head_ref="", paths=paths)
        self._start(event.repo, payload["after"], trigger, branch)

    def _on_merge_group(self, event: Event) -> None:
        if event.action != "checks_requested":
            return
        group = event.payload["merge_group"]
        paths = _changed(self._world.git.open(event.repo), group["base_sha"], group["head_sha"])
        branch = group["base_ref"].removeprefix("refs/heads/")
        trigger = Trigger(event="merge_group", action=event.action, branch=branch, head_ref="", paths=paths)
        self._start(event.repo, group["head_sha"], trigger, group["head_ref"].removeprefix("refs/heads/"))

    def _on_rerequest(self, event: Event) -> None:
        if event.action == "rerequested" and event.payload[event.kind]["app"]["slug"] == CI_APP:
            self._check_again(event.repo, event.payload[event.kind]["head_sha"])

    async def _resume(self) -> None:
        for repo in self._world.store.all("repo"):
            name = repo["full_name"]
            runs = [run for run in self._world.store.all(f"check_run:{name}") if run["app"] == CI_APP]
            for sha in {run["head_sha"] for run in runs if run["status"] != "completed"}:
                self._check_again(name, sha)

    def _check_again(self, repo: str, sha: str) -> None:
        for pull in self._world.store.find(f"issue:{repo}", "state", "open"):
            if pull["pull"] and pull["head_sha"] == sha:
                head = {"sha": pull["head_sha"], "ref": pull["head_ref"]}
                base = {"sha": pull["base_sha"], "ref": pull["base_ref"]}
                self._check_pull(repo, {"head": head, "base": base}, "synchronize")

    def _start(self, full_name: str, sha: str, trigger: Trigger, carrier: str) -> None:
        repo, git = find_repo(self._world, full_name), self._world.git.open(full_name)
        commit = commit_at(git, sha)
        if repo is None or commit is None or is_skipped(commit.message):
            return
        build = Build(repo=repo, sha=sha, trigger=trigger, branch=carrier)
        for path, text in _workflow_files(commit.tree):
            self._start_workflow(build, path, text)

    def _start_workflow(self, build: Build, path: str, text: str) -> None:
        try:
            workflow: Workflow = parse_workflow(text)
            if not workflow.is_triggered(build.trigger):
                return
            wanted = [(job, job.is_wanted(build.trigger)) for job in workflow.jobs]
        except WorkflowError as error:
            self._report_broken(build, path, str(error))
            return
        for job in (job for job, is_wanted in wanted if not is_wanted):
            self._create(build, job, conclusion="skipped", status="completed")
        runs = [(job, self._create(build, job)) for job, is_wanted in wanted if is_wanted]
        now = self._world.now()
        if runs and not self._armory.take(Kind.CI_NEVER, now, branch=build.branch):
            slow = self._armory.take(Kind.SLOW_CI, now, branch=build.branch)
            self._world.spawn(self._run_all(build, runs, slow.delay_ms / 1000 if slow else 0.0))

    def _create(self, build: Build, job: Job, **fields: str) -> Doc:
        given = {"name": job.name, "head_sha": build.sha, **fields}
        return create_check_run(self._world, build.repo, CI_APP, given)

    def _report_broken(self, build: Build, path: str, reason: str) -> None:
        output = {"title": "Invalid workflow file", "summary": reason}
        fields = {"name": path, "head_sha": build.sha, "conclusion": "failure", "output": output}
        create_check_run(self._world, build.repo, CI_APP, fields)

    async def _run_all(self, build: Build, runs: Sequence[tuple[Job, Doc]], delay_s: float) -> None:
        files = read_tree(self._world.git.open(build.repo["full_name"]), build.sha)
        jobs = (self._run_one(build, job, run, files, delay_s) for job, run in runs)
        await asyncio.gather(*jobs)

    async def _run_one(
        self, build: Build, job: Job, run: Doc, files: dict[str, bytes], delay_s: float
    ) -> None:
        name = f"{build.repo['full_name']}@{build.sha[:7]} {job.name}"
        with self._world.log.span("ci", name) as detail:
            run = update_check_run(self._world, build.repo, run, {"status": "in_progress"})
            await asyncio.sleep(delay_s)
            async with self._room:
                result = await run_job(job, files)
            if self._armory.take(Kind.RED_CI, self._world.now(), branch=build.branch, check=job.name):
                result = _ARMED
            detail["conclusion"] = result.conclusion
        output = {"title": f"{job.name}: {result.conclusion}", "summary": f"```\n{result.output}```"}
        update_check_run(self._world, build.repo, run, {"conclusion": result.conclusion, "output": output})


def _changed(git: pygit2.Repository, old: str | None, new: str) -> list[str]:
    changes = changes_between(git, old, new)
    return [path for change in changes for path in (change.filename, change.previous) if path]


def _workflow_files(tree: pygit2.Tree) -> list[tuple[str, str]]:
    try:
        folder = tree[_FOLDER.rstrip("/")]
    except KeyError:
        return []
    found = folder if isinstance(folder, pygit2.Tree) else ()
    return [
        (f"{_FOLDER}{entry.name}", entry.data.decode("utf-8", "replace"))
        for entry in found
        if isinstance(entry, pygit2.Blob) and str(entry.name).endswith((".yml", ".yaml"))
    ]
