import ast
import subprocess
import sys

import pytest

from scripts.local.places import ENTRIES, ROOT

DOOR = ROOT / "scripts" / "local" / "entry.py"


@pytest.mark.parametrize("file", [*ENTRIES, DOOR], ids=lambda file: file.name)
def test_entry_can_be_read_by_a_python_of_2016(file):
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("file", ENTRIES, ids=lambda file: file.name)
def test_entry_is_executable(file):
    assert file.stat().st_mode & 0o111 == 0o111


def test_an_old_python_is_refused_in_one_line():
    pretend = (
        "import sys; sys.version_info = (3, 9, 2); from scripts.local.entry import start; start('run', '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False
    )
    line = f"scripts/run: needs Python 3.11 or newer; {sys.executable} is Python 3.9\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)
