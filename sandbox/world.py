"""What all parts of one sandbox process share."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from sandbox.config import Config
from sandbox.events import Bus
from sandbox.git.repositories import Repositories
from sandbox.store import Store
from sandbox.views.links import Links
from sandbox.web.faults import Faults, NullFaults
from sandbox.web.limits import Limiter
from sandbox.web.requestlog import RequestLog
from sandbox.web.tally import Tally

Hook = Callable[[], Awaitable[None]]


class World:
    """Store, repositories, bus and clock of a running sandbox.

    Request handlers run on the event loop, one at a time and without awaiting, so each is atomic
    against the others. An extension may replace `faults` and `knows_mergeable`, and fill `on_start` and
    `on_stop`.
    """

    def __init__(self, config: Config) -> None:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.store = Store(config.data_dir / "sandbox.sqlite3")
        self.git = Repositories(config.data_dir / "git")
        self.bus = Bus()
        self.links = Links(base=config.base_url)
        self.log = RequestLog()
        self.tally = Tally()
        self.limiter = Limiter(enforced=config.limits, paced=config.pace)
        self.faults: Faults = NullFaults()
        #: whether it may be known by now if a pull request from this branch merges
        self.knows_mergeable: Callable[[str], bool] = lambda _branch: True
        #: awaited after the event loop has started, before the first request
        self.on_start: list[Hook] = []
        #: awaited when the process is asked to end; must take well under a second
        self.on_stop: list[Hook] = []
        #: background computations under way, named by their inputs
        self.under_way: set[tuple[object, ...]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._background: set[asyncio.Task[Any]] = set()

    def now(self) -> datetime:
        """Tell the time in UTC; the only place that reads the clock for what is stored."""
        return datetime.now(UTC)

    def stamp(self) -> str:
        """Tell the time as GitHub writes it, for instance 2026-01-31T09:30:00Z."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on the event loop beside the requests; may be called from any thread."""
        if self._loop is None:
            work.close()
            raise RuntimeError("background work needs a started sandbox")
        self._loop.call_soon_threadsafe(self._keep, work)

    async def start(self) -> None:
        """Begin, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        for hook in self.on_start:
            await hook()

    async def stop(self) -> None:
        """End: stop hooks, then cancel what still runs, then close the store."""
        for hook in self.on_stop:
            await hook()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self.store.close()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
