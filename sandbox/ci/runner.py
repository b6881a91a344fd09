"""Runs the jobs of a workflow as real processes, each in its own copy of the tree."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic

from sandbox.ci.workflow import Job, Step

#: Characters of a job's output that are kept; the end says what went wrong.
OUTPUT_TAIL = 4000
#: Actions whose work is already done here: the tree is there, Python as well.
_DONE_ALREADY = ("actions/checkout@", "actions/setup-python@")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """How a job ended."""

    #: A check run's conclusion: `success`, `failure` or `timed_out`.
    conclusion: str
    #: The end of what it printed.
    output: str


def write_tree(files: Mapping[str, bytes], directory: Path) -> None:
    """Write a tree below `directory`; raises ValueError for a path that would leave it."""
    made: set[PurePosixPath] = set()
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"a path outside the tree: {name}")
        if path.parent not in made:
            (directory / path.parent).mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        (directory / path).write_bytes(content)


def _environment(home: Path) -> dict[str, str]:
    here = os.fspath(Path(sys.executable).parent)
    path = os.pathsep.join((here, os.environ.get("PATH", os.defpath)))
    return {"PATH": path, "HOME": os.fspath(home), "LANG": "C.UTF-8", "CI": "true", "GITHUB_ACTIONS": "true"}


def _kill(process: asyncio.subprocess.Process) -> None:
    # The whole session goes, so that a child of the shell cannot keep the pipe open.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _run_script(script: str, directory: Path, timeout_s: float) -> JobResult:
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-e", "-c", script),
        cwd=directory,
        env=_environment(directory),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    reading = asyncio.ensure_future(process.communicate())
    try:
        done, _ = await asyncio.wait({reading}, timeout=timeout_s)
    finally:
        if not reading.done():
            _kill(process)
    printed, _ = await reading
    conclusion = "timed_out" if not done else "failure" if process.returncode else "success"
    return JobResult(conclusion=conclusion, output=printed.decode("utf-8", "replace"))


async def _run_step(step: Step, directory: Path, timeout_s: float) -> JobResult:
    if step.run:
        return await _run_script(step.run, directory, timeout_s)
    if step.uses.startswith(_DONE_ALREADY):
        return JobResult(conclusion="success", output="")
    return JobResult(conclusion="failure", output=f"The practice world has no action {step.uses!r}.\n")


async def run_job(job: Job, files: Mapping[str, bytes]) -> JobResult:
    """Run the steps one after the other until one fails or the job's time is over."""
    directory = Path(tempfile.mkdtemp(prefix="ci-"))
    ends_at = monotonic() + job.timeout_s
    printed = ""
    try:
        write_tree(files, directory)
        for step in job.steps:
            result = await _run_step(step, directory, max(0.0, ends_at - monotonic()))
            printed += result.output
            if result.conclusion != "success":
                return JobResult(conclusion=result.conclusion, output=printed[-OUTPUT_TAIL:])
        return JobResult(conclusion="success", output=printed[-OUTPUT_TAIL:])
    finally:
        shutil.rmtree(directory, ignore_errors=True)
