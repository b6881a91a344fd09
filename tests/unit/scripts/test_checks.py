import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.local.bench import names_in, pick
from scripts.local.beside import Beside
from scripts.local.checks import choose, run_stages
from scripts.local.errors import Refused
from scripts.local.extras import EXTRAS, missing_extras
from scripts.local.lock import compile_command
from scripts.local.stages import Stage
from tests.unit.scripts.polling import eventually

#: A program that ends only beside another one of its kind.
MEET = """
import os, pathlib, time
mine, other = {0!r}, {1!r}
pathlib.Path(mine).touch()
while not os.path.exists(other): time.sleep(0.01)
"""


def stage(name: str, code: str) -> Stage:
    return Stage(name=name, tool="python", argv=(sys.executable, "-c", code))


def test_all_stages_run_in_order_with_the_tests_last():
    names = [stage.name for stage in choose(None, ())]
    assert names == [
        "format",
        "lint",
        "simulation",
        "types",
        "imports",
        "django",
        "migrations",
        "docs",
        "core",
        "tests",
    ]


def test_one_stage_can_be_chosen():
    assert [stage.name for stage in choose("types", ())] == ["types"]


def test_arguments_for_pytest_leave_only_pytest():
    (only,) = choose(None, ["-k", "merge gate"])
    assert only.argv[1:] == ("-m", "pytest", "-q", "-k", "merge gate")


def test_simulated_worlds_are_asked_for_by_their_number():
    (only,) = choose(None, ["--simulate", "1", "--seed", "7"])
    assert only.argv[1:] == ("-m", "tests.simulation", "--simulate", "1", "--seed", "7")


def test_a_failed_stage_does_not_hide_the_next_and_is_named_last(capfd):
    stages = [stage("first", "raise SystemExit(3)"), stage("second", "print('4 passed')")]
    assert run_stages(stages, {}) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[-5:] == [
        "== 1/2 first (python)",
        "== 2/2 second (python)",
        "4 passed",
        "failed: first",
        "stages: 1 passed, 1 failed",
    ]


def test_nothing_is_printed_after_a_single_stage_that_is_green(capfd):
    assert run_stages([stage("only", "print('4 passed')")], {}) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "4 passed"


@pytest.mark.parametrize(("code", "end"), [(0, "2 passed, 0 failed"), (5, "1 passed, 1 failed")])
def test_a_patient_stage_runs_beside_the_next_and_is_shown_after_it(capfd, tmp_path, code: int, end: str):
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    program = MEET.format(one, two) + f"print('patient', os.nice(0)); raise SystemExit({code})"
    patient = replace(stage("worlds", program), is_patient=True)
    second = stage("second", MEET.format(two, one) + "print('4 passed')")
    assert run_stages([patient, second], {}) == bool(code)
    lines = [line for line in capfd.readouterr().out.splitlines() if not line.startswith("failed")]
    assert lines[-6:] == [
        "== 1/2 worlds (python), beside the next",
        "== 2/2 second (python)",
        "4 passed",
        "== worlds, which ran beside the others",
        "patient 19",
        f"stages: {end}",
    ]


def test_a_patient_stage_does_not_outlive_the_others(tmp_path):
    left = tmp_path / "pid"
    note = f"import os, pathlib, time; pathlib.Path({str(left)!r}).write_text(str(os.getpid()))"
    program = f"{note}; time.sleep(600)"
    with Beside((sys.executable, "-c", program), dict(os.environ)):
        assert eventually(lambda: left.exists() and left.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(int(left.read_text()), 0)


def test_a_missing_browser_is_said():
    without = [extra.without for extra in EXTRAS]
    assert missing_extras(lambda _name: None) == without
    assert missing_extras(lambda name: f"/bin/{name}" if name == "chromium-browser" else None) == without[1:]


def test_the_lock_is_universal_and_hashed():
    command = compile_command(Path("requirements.txt"), upgrade=True)
    assert {"--universal", "--generate-hashes", "--upgrade"} < set(command)
    assert command[-3:] == ["requirements.in", "--output-file", "requirements.txt"]


def test_a_benchmark_is_called_by_its_name(tmp_path: Path):
    (tmp_path / "__init__.py").touch()
    (tmp_path / "figures.py").write_text("VALUE = 1\n")
    (tmp_path / "loop.py").write_text('if __name__ == "__main__":\n    print(1)\n')
    assert names_in(tmp_path) == ["loop"]
    assert pick(["loop", "--runs", "3"], ["loop"]) == ("loop", ["--runs", "3"])
    with pytest.raises(Refused, match=r"^name one of these benchmarks: loop$"):
        pick(["figures"], ["loop"])
