"""`scripts/bench NAME …`: run `bench/NAME.py` in the environment of those who work on the project."""

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.local.errors import Refused, ending_clearly
from scripts.local.places import ROOT
from scripts.local.venvs import DEV, enter


def main(arguments: Sequence[str]) -> int:
    """Hand all further arguments to the benchmark; its exit code is ours."""

    def work() -> int:
        enter(DEV, "bench", arguments)
        name, rest = pick(arguments, names_in(ROOT / "bench"))
        sys.argv = [f"bench.{name}", *rest]
        runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)
        return 0

    return ending_clearly("scripts/bench", work)


def names_in(directory: Path) -> list[str]:
    """List the benchmarks that can be called: modules that run when called by name."""
    files = sorted(directory.glob("[!_]*.py"))
    return [file.stem for file in files if '__name__ == "__main__"' in file.read_text(encoding="utf-8")]


def pick(arguments: Sequence[str], names: Sequence[str]) -> tuple[str, list[str]]:
    """Split into the benchmark's name and its own arguments. Raises Refused, listing what there is."""
    if not arguments or arguments[0] not in names:
        raise Refused(f"name one of these benchmarks: {', '.join(names) or 'there is none yet'}")
    return arguments[0], list(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
