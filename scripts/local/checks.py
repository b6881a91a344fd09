"""`scripts/test`: every check of the project, each under a heading, and a count of them last."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from scripts.local.beside import Beside
from scripts.local.environment import bare_environment
from scripts.local.errors import ending_clearly
from scripts.local.extras import missing_extras
from scripts.local.places import ROOT
from scripts.local.stages import Stage, all_stages, simulation_stage, tests_stage
from scripts.local.venvs import DEV, enter


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 when a stage fails."""
    stage, pytest_arguments = _read(arguments)

    def work() -> int:
        enter(DEV, "test", arguments)
        return run_stages(choose(stage, pytest_arguments), bare_environment(os.environ))

    return ending_clearly("scripts/test", work)


def choose(name: str | None, pytest_arguments: Sequence[str]) -> list[Stage]:
    """Pick the stages: one by its name, pytest or the simulation alone if it got arguments, else all."""
    if "--simulate" in pytest_arguments:
        return [simulation_stage(pytest_arguments)]
    if pytest_arguments:
        return [tests_stage(pytest_arguments)]
    return [stage for stage in all_stages() if name in {None, stage.name}]


def run_stages(stages: Sequence[Stage], env: Mapping[str, str]) -> int:
    """Run all, also after a failure, so that one run shows everything; name the failed ones at the end."""
    missing = missing_extras()
    for line in missing:
        print(line, flush=True)
    failed = ["extras (missing on CI, where nothing may be skipped)"] if missing and env.get("CI") else []
    failed += [stage.name for stage, code in _outcomes(stages, env) if code]
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    if len(stages) > 1:
        print(f"stages: {max(len(stages) - len(failed), 0)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def _outcomes(stages: Sequence[Stage], env: Mapping[str, str]) -> Iterator[tuple[Stage, int]]:
    """Run the stages in order; patient ones go on beside those that follow, and end last."""
    with ExitStack() as beside:
        patient: list[tuple[Stage, Beside]] = []
        for number, stage in enumerate(stages, start=1):
            whole, is_last = {**env, **stage.env}, number == len(stages)
            goes_on = stage.is_patient and not is_last
            more = ", beside the next" if goes_on else ""
            print(f"== {number}/{len(stages)} {stage.name} ({stage.tool}){more}", flush=True)
            if goes_on:
                patient.append((stage, beside.enter_context(Beside(stage.argv, whole))))
            else:
                yield stage, subprocess.run(stage.argv, env=whole, cwd=ROOT, check=False).returncode
        for stage, one in patient:
            print(f"== {stage.name}, which ran beside the others", flush=True)
            yield stage, one.finish()


def _read(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description="Run every check of the project. Other arguments go to pytest, which then runs alone: "
        "scripts/test -k merge, scripts/test tests/unit. "
        "scripts/test --simulate N [--seed S] runs N simulated worlds instead, from S or by chance.",
        allow_abbrev=False,
    )
    parser.add_argument("--stage", choices=[stage.name for stage in all_stages()], help="run only this stage")
    known, others = parser.parse_known_args(arguments)
    if known.stage not in {None, "tests"} and others:
        parser.error(f"unknown arguments for the stage {known.stage}: {' '.join(others)}")
    return known.stage, others


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
