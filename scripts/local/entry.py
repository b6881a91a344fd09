"""The door of every script, written so that a Python of any age can read it and say what is wrong."""

import os
import runpy
import sys

#: the oldest Python on which the pinned packages work
NEEDED = (3, 11)


def start(script, module):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - old Pythons read this
    """Run `module` as the program `scripts/<script>`, or end with one line and code 2 on an old Python."""
    if sys.version_info < NEEDED:
        line = "scripts/{}: needs Python {}.{} or newer; {} is Python {}.{}\n"
        sys.stderr.write(line.format(script, *NEEDED, sys.executable, *sys.version_info[:2]))
        sys.exit(2)
    # The scripts import each other as `scripts.local`, exactly as the tests do.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    runpy.run_module(module, run_name="__main__", alter_sys=True)
