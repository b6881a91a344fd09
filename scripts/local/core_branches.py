"""`scripts/test --stage core`: the tests of the core alone must take every branch of it.

Which files count stands under `tool.coverage` in `pyproject.toml`. The tests are those that are about the
core, not all that pass through it: so the run is short, and no branch is covered by accident. Property tests
draw the same examples every time, because chance must not decide whether a branch was taken.
"""

import sys

import coverage
import pytest

#: What is about pure decisions, the commit protocol, effects, transitions and webhooks.
TESTS = (
    "tests/unit/pipeline",
    "tests/integration/loop/test_commit.py",
    "tests/integration/loop/test_commit_steps.py",
    "tests/integration/loop/test_effects.py",
    "tests/integration/loop/test_transition.py",
    "tests/integration/api/test_webhook.py",
    "tests/integration/api/test_webhook_disorder.py",
    "tests/integration/api/test_webhook_troubles.py",
)
#: Percent.
_ALL = 100


def main() -> int:
    """Run them measured, name every line and branch that was missed; 1 unless there is none."""
    measured = coverage.Coverage(data_file=None)
    with measured.collect():
        ended = pytest.main(["-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", *TESTS])
    return 1 if ended or measured.report() < _ALL else 0


if __name__ == "__main__":
    sys.exit(main())
