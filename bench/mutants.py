"""`scripts/bench mutants`: change the pure decisions in thousands of small ways; name what no test notices.

1. The tracked files, as they are now, are copied elsewhere, because mutants are written to disk.
2. mutmut makes the mutants and lets the tests of the pure core judge them; `tool.mutmut` in
   `pyproject.toml` says which are which.
3. Each one that no test noticed must be explained in `docs/testing.md`: its new line stands there, word for
   word. One that is not ends this with 1.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.local.places import ROOT

EXPLAINED_IN = ROOT / "docs" / "testing.md"
#: Everything but a mutant that was killed, or with which a test ran for ever.
_UNNOTICED = re.compile(r"^\s*(\S+): (survived|no tests|suspicious|segfault|not checked)$", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """Print the counts and every unexplained survivor."""
    parser = argparse.ArgumentParser(prog="scripts/bench mutants", description=__doc__)
    parser.add_argument(
        "--keep", type=Path, help="work in this directory and leave it; called again, it goes on there"
    )
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    wanted = parser.parse_args(arguments)
    os.nice(15)
    with tempfile.TemporaryDirectory() as temporary:
        place = (wanted.keep or Path(temporary) / "project").absolute()
        goes_on = place.exists()
        copy_tracked_files(place)
        began = time.monotonic()
        _mutmut(place, "run", "--max-children", str(wanted.processes))
        if goes_on and (again := unnoticed(place)):  # by the tests as they were then
            _mutmut(place, "run", "--max-children", str(wanted.processes), *again)
        return report(place, time.monotonic() - began)


def copy_tracked_files(place: Path) -> None:
    """Copy what git knows of, as it is on disk."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def report(place: Path, took_s: float) -> int:
    """Say how many there were and which are still to be explained; 1 if there are such."""
    _mutmut(place, "export-cicd-stats")
    kept = place / "mutants" / "mutmut-cicd-stats.json"
    counts = json.loads(kept.read_text(encoding="utf-8"))
    print(
        ", ".join(f"{counts[name]} {name}" for name in ("total", "killed", "survived", "timeout", "no_tests"))
    )
    print(f"in {took_s / 60:.0f} min")
    explained = EXPLAINED_IN.read_text(encoding="utf-8")
    diffs = {name: _mutmut(place, "show", name) for name in unnoticed(place)}
    open_ones = {
        name: diff for name, diff in diffs.items() if any(one not in explained for one in telling_lines(diff))
    }
    for mutant, diff in open_ones.items():
        print(f"\n{mutant}\n" + "\n".join(changed_lines(diff)))
    print(f"{len(open_ones)} of them are not explained in {EXPLAINED_IN.relative_to(ROOT)}")
    return 1 if open_ones else 0


def unnoticed(place: Path) -> list[str]:
    """Give the names of mutants that live."""
    return [name for name, _ in _UNNOTICED.findall(_mutmut(place, "results"))]


def changed_lines(diff: str) -> list[str]:
    """Give the lines of a diff that came or went."""
    return [line for line in diff.splitlines() if re.match(r"[+-](?![+-]{2} )", line)]


def telling_lines(diff: str) -> list[str]:
    """Give the lines that came, or those that went where none came; without their indent."""
    came = [line[1:].strip() for line in changed_lines(diff) if line.startswith("+")]
    return came or [line[1:].strip() for line in changed_lines(diff)]


def _mutmut(place: Path, *arguments: str) -> str:
    """Run mutmut there; its progress is not kept, its errors end this."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=place, capture_output=True, check=False, text=True)
    if done.returncode:
        raise SystemExit(f"mutmut {arguments[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
