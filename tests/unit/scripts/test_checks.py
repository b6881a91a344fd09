import sys
from pathlib import Path

import pytest

from scripts.local.bench import names_in, pick
from scripts.local.checks import choose, run_stages
from scripts.local.errors import Refused
from scripts.local.extras import EXTRAS, missing_extras
from scripts.local.lock import compile_command
from scripts.local.stages import Stage


def stage(name: str, code: str) -> Stage:
    return Stage(name=name, tool="python", argv=(sys.executable, "-c", code))


def test_all_stages_run_in_order_with_the_tests_last():
    names = [stage.name for stage in choose(None, ())]
    assert names == [
        "format",
        "lint",
        "types",
        "imports",
        "django",
        "migrations",
        "docs",
        "core",
        "simulation",
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
    assert lines[-4:] == ["== 1/2 first (python)", "== 2/2 second (python)", "4 passed", "failed: first"]


def test_nothing_is_printed_after_the_last_stage_when_all_are_green(capfd):
    assert run_stages([stage("only", "print('4 passed')")], {}) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "4 passed"


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
