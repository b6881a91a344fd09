"""Runs the jobs of workflows for a commit, and runs them again.

`ci_job:{repo}` under the check run's id: `{path, job, branch, base}`, all that is needed to run it again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pygit2

from sandbox.ci.runner import JobResult, run_job
from sandbox.ci.workflow import Job, Trigger, Workflow, WorkflowError, is_skipped, parse_workflow
from sandbox.faults.armory import Armory, Kind, Occasion
from sandbox.forge.accounts import CI_APP
from sandbox.forge.checks import create_check_run, update_check_run
from sandbox.git.commits import commit_at
from sandbox.git.diffs import changes_between
from sandbox.store import Doc
from sandbox.trees import read_tree
from sandbox.world import World

_AT_ONCE = 6
_FOLDER = ".github/workflows/"
_ARMED = JobResult(conclusion="failure", output="A fault is armed: this check fails whatever it finds.\n")
Run = tuple[Job, Doc]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One commit to be checked."""

    #: The repository.
    repo: Doc
    #: The commit.
    sha: str
    #: The branch that carries the commit.
    branch: str
    #: The commit to compare with; None compares with nothing.
    base: str | None


class Builds:
    """Starts builds; while one waits it costs nothing."""

    def __init__(self, world: World, armory: Armory) -> None:
        self._world = world
        self._armory = armory
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._counted: set[str] = set()
        #: Commits and checks that a fault has turned red.
        self._red: set[tuple[str, str]] = set()

    def start(self, build: Build, trigger: Trigger) -> None:
        """Report as queued what the commit's workflows want to run, and run it."""
        commit = commit_at(self._world.git.open(build.repo["full_name"]), build.sha)
        if commit is None or is_skipped(commit.message):
            return
        for path, text in _workflow_files(commit.tree).items():
            self._start_workflow(build, trigger, path, text)

    def again(self, repo: Doc, run: Doc) -> None:
        """Run one job anew, as a new check run."""
        found = self._job_of(repo, run)
        if found is not None:
            build, path, job = found
            self._world.tally.add("ci_rerun")
            self._spawn(build, [(job, self._create(build, path, job))])

    def resume(self, repo: Doc, run: Doc) -> None:
        """Run a job whose process was killed."""
        found = self._job_of(repo, run)
        if found is not None:
            build, _, job = found
            self._spawn(build, [(job, run)])

    def _job_of(self, repo: Doc, run: Doc) -> tuple[Build, str, Job] | None:
        known = self._world.store.get(f"ci_job:{repo['full_name']}", run["id"])
        commit = commit_at(self._world.git.open(repo["full_name"]), run["head_sha"])
        if known is None or commit is None:
            return None
        build = Build(repo=repo, sha=run["head_sha"], branch=known["branch"], base=known["base"])
        workflow = parse_workflow(_workflow_files(commit.tree)[known["path"]])
        return build, known["path"], next(job for job in workflow.jobs if job.name == known["job"])

    def _start_workflow(self, build: Build, trigger: Trigger, path: str, text: str) -> None:
        try:
            workflow: Workflow = parse_workflow(text)
            if not workflow.is_triggered(trigger):
                return
            wanted = [(job, job.is_wanted(trigger)) for job in workflow.jobs]
        except WorkflowError as error:
            self._report_broken(build, path, str(error))
            return
        self._count(build, trigger)
        for job in (job for job, is_wanted in wanted if not is_wanted):
            self._create(build, path, job, conclusion="skipped", status="completed")
        self._spawn(build, [(job, self._create(build, path, job)) for job, is_wanted in wanted if is_wanted])

    def _count(self, build: Build, trigger: Trigger) -> None:
        """Count each commit once, by what had it checked first."""
        if build.sha not in self._counted:
            self._counted.add(build.sha)
            self._world.tally.add(f"ci_{trigger.event}")

    def _spawn(self, build: Build, runs: Sequence[Run]) -> None:
        now, occasion = self._world.now(), self._occasion(build)
        if runs and not self._armory.take(Kind.CI_NEVER, now, occasion):
            slow = self._armory.take(Kind.SLOW_CI, now, occasion)
            self._world.spawn(self._run_all(build, runs, slow.delay_ms / 1000 if slow else 0.0))

    def _create(self, build: Build, path: str, job: Job, **fields: str) -> Doc:
        given = {"name": job.name, "head_sha": build.sha, **fields}
        run = create_check_run(self._world, build.repo, CI_APP, given)
        known = {"path": path, "job": job.name, "branch": build.branch, "base": build.base}
        self._world.store.put(f"ci_job:{build.repo['full_name']}", run["id"], known)
        return run

    def _report_broken(self, build: Build, path: str, reason: str) -> None:
        output = {"title": "Invalid workflow file", "summary": reason}
        fields = {"name": path, "head_sha": build.sha, "conclusion": "failure", "output": output}
        create_check_run(self._world, build.repo, CI_APP, fields)

    async def _run_all(self, build: Build, runs: Sequence[Run], delay_s: float) -> None:
        await asyncio.gather(*(self._run_one(build, job, run, delay_s) for job, run in runs))

    async def _run_one(self, build: Build, job: Job, run: Doc, delay_s: float) -> None:
        name = f"{build.repo['full_name']}@{build.sha[:7]} {job.name}"
        with self._world.log.span("ci", name) as detail:
            run = update_check_run(self._world, build.repo, run, {"status": "in_progress"})
            await asyncio.sleep(delay_s)
            async with self._room:
                result = await run_job(job, read_tree(self._git(build), build.sha))
            if self._is_spoilt(build, run):
                result = _ARMED
            detail["conclusion"] = result.conclusion
        output = {"title": f"{job.name}: {result.conclusion}", "summary": f"```\n{result.output}```"}
        update_check_run(self._world, build.repo, run, {"conclusion": result.conclusion, "output": output})

    def _is_spoilt(self, build: Build, run: Doc) -> bool:
        """Whether an armed fault wants this check to fail; a flaky one only the first time it runs.

        What a fault has turned red once stays red on that commit, however often it is run again.
        """
        runs = self._world.store.find(f"check_run:{build.repo['full_name']}", "head_sha", build.sha)
        first = next(one["id"] for one in runs if (one["name"], one["app"]) == (run["name"], CI_APP))
        occasion, here = self._occasion(build, check=run["name"]), (build.sha, run["name"])
        if here in self._red or self._armory.take(Kind.RED_CI, self._world.now(), occasion):
            self._red.add(here)
            return True
        is_first = first == run["id"]
        return is_first and bool(self._armory.take(Kind.FLAKY_CI, self._world.now(), occasion))

    def _occasion(self, build: Build, check: str = "") -> Occasion:
        def holds(text: str) -> bool:
            return text.encode() in _changed_contents(self._git(build), build.base, build.sha)

        return Occasion(branch=build.branch, check=check, holds=holds)

    def _git(self, build: Build) -> pygit2.Repository:
        return self._world.git.open(build.repo["full_name"])


def _changed_contents(git: pygit2.Repository, old: str | None, new: str) -> bytes:
    changed = [one.sha for one in changes_between(git, old, new) if one.status != "removed"]
    blobs = (git[pygit2.Oid(hex=sha)] for sha in changed)
    return b"\0".join(blob.data for blob in blobs if isinstance(blob, pygit2.Blob))


def _workflow_files(tree: pygit2.Tree) -> Mapping[str, str]:
    try:
        folder = tree[_FOLDER.rstrip("/")]
    except KeyError:
        return {}
    found = folder if isinstance(folder, pygit2.Tree) else ()
    return {
        f"{_FOLDER}{entry.name}": entry.data.decode("utf-8", "replace")
        for entry in found
        if isinstance(entry, pygit2.Blob) and str(entry.name).endswith((".yml", ".yaml"))
    }
