"""How a run is asked to end."""

import signal
import time
from types import FrameType

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):  # noqa: N818 - a wish, not a fault
    """Somebody asked this run to end (Ctrl-C, SIGTERM, a closed terminal)."""


class Ending:
    """Turns signals into Stopped at the next pause, once per signal.

    Raised anywhere, it could come between the start of a process and the note that it was started.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._heeded = 0

    def listen(self) -> None:
        """Take the signals from now on; only the main thread may."""
        for number in _ASKING:
            signal.signal(number, self._ask)

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped at once when a signal came since the last pause."""
        self._heed()
        time.sleep(seconds)
        self._heed()

    def _heed(self) -> None:
        if self._asked > self._heeded:
            self._heeded = self._asked
            raise Stopped

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
