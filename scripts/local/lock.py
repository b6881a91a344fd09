"""`scripts/lock`: pin every package and its hashes, for all supported Pythons and systems at once."""

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.local.errors import Refused, ending_clearly
from scripts.local.places import DEV_REQUIREMENTS, ROOT, RUN_REQUIREMENTS
from scripts.local.venvs import DEV, enter


def main(arguments: Sequence[str]) -> int:
    """Write both files; `--upgrade` takes the newest versions that fit, else only what has to change does."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = parser.parse_args(arguments).upgrade

    def work() -> int:
        enter(DEV, "lock", arguments)
        if importlib.util.find_spec("uv") is None:
            _do([sys.executable, "-m", "pip", "install", "--quiet", "uv"])
        for locked in (RUN_REQUIREMENTS, DEV_REQUIREMENTS):  # the second is constrained by the first
            _do(compile_command(locked, upgrade=upgrade))
        return 0

    return ending_clearly("scripts/lock", work)


def compile_command(locked: Path, *, upgrade: bool) -> list[str]:
    """Give the command that writes `locked` from the `.in` file beside it."""
    source = locked.with_suffix(".in")
    pins = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    newest = ["--upgrade"] if upgrade else []
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--quiet"]
    return [*uv, *pins, *newest, source.name, "--output-file", locked.name]


def _do(command: Sequence[str]) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Refused("locking failed, for the reason above; the files are as they were")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
