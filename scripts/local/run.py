"""`scripts/run`: the environment first, then the session inside it."""

import sys
from collections.abc import Sequence

from scripts.local.errors import ending_clearly
from scripts.local.options import read_options
from scripts.local.places import ROOT, RUN_REQUIREMENTS, VENV
from scripts.local.session import run_session
from scripts.local.venv import Venv, ensure, is_inside, reenter


def main(arguments: Sequence[str]) -> int:
    """Start the loop and return the exit code."""
    options = read_options(arguments)
    venv = Venv(path=VENV, flavour="run", requirements=(RUN_REQUIREMENTS,))

    def work() -> int:
        if ensure(venv) or not is_inside(venv):
            reenter(venv, ROOT / "scripts" / "run", arguments)
        return run_session(options)

    return ending_clearly("scripts/run", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
