import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadFileScheduling

#: Tests that kill processes: they hold recovery to seconds, so they do not run beside one another.
KILLING = ("tests/faults/",)

# A busy machine is no failure: properties are bounded by their number of examples.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")


@pytest.fixture(autouse=True)
def _no_limit_on_writes(settings) -> None:
    """Tests go faster than any forge allows; those about the budget set limits of their own."""
    settings.WRITES_PER_MINUTE = settings.WRITES_PER_HOUR = 0


class OneLineOfKilling(LoadFileScheduling):  # type: ignore[misc] # it comes without types
    """Side by side (`-n 2`) run files, and all tests that kill processes as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "killing" if nodeid.startswith(KILLING) else super()._split_scope(nodeid)


def pytest_collection_modifyitems(config, items) -> None:
    """Side by side the longest line comes first, so that nobody waits for its end; sorting is stable."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(KILLING))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log) -> OneLineOfKilling:
    return OneLineOfKilling(config, log)
