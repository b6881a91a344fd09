import pytest
from hypothesis import settings as hypothesis_settings

# A busy machine is no failure: properties are bounded by their number of examples.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")


@pytest.fixture(autouse=True)
def _no_limit_on_writes(settings) -> None:
    """Tests go faster than any forge allows; those about the budget set limits of their own."""
    settings.WRITES_PER_MINUTE = settings.WRITES_PER_HOUR = 0
