"""`scripts/run`: the environment first, then the session inside it."""

import sys
from collections.abc import Sequence

from scripts.local.errors import ending_clearly
from scripts.local.options import read_options
from scripts.local.session import run_session
from scripts.local.venvs import RUN, enter


def main(arguments: Sequence[str]) -> int:
    """Start the loop and return the exit code."""
    options = read_options(arguments)

    def work() -> int:
        enter(RUN, "run", arguments)
        return run_session(options)

    return ending_clearly("scripts/run", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
