import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadFileScheduling

#: Tests of real processes: they have deadlines, and want both cores themselves.
PROCESSES = ("tests/acceptance/", "tests/faults/")

# A busy machine is no failure: properties are bounded by their number of examples.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")


@pytest.fixture(autouse=True)
def _no_limit_on_writes(settings) -> None:
    """Tests go faster than any forge allows; those about the budget set limits of their own."""
    settings.WRITES_PER_MINUTE = settings.WRITES_PER_HOUR = 0


class OneLineOfProcesses(LoadFileScheduling):  # type: ignore[misc] # it comes without types
    """Side by side (`-n 2`) run files, and all tests of real processes as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "processes" if nodeid.startswith(PROCESSES) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log) -> OneLineOfProcesses:
    return OneLineOfProcesses(config, log)
