"""The parts of the practice world beside the forge: CI, sites, chat, sinks, faults, webhooks, pages."""

from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute

from sandbox import practice
from sandbox.world import World

#: Called once while the application is built: subscribes to `world.bus`, fills `world.on_start`,
#: `world.on_stop` and `world.faults`, and returns the routes it serves (absolute paths).
Mount = Callable[[World], Sequence[BaseRoute]]

EXTENSIONS: tuple[Mount, ...] = (practice.mount,)
