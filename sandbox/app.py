"""Puts one sandbox process together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from sandbox import control
from sandbox.config import Config
from sandbox.extensions import EXTENSIONS
from sandbox.forge.bootstrap import bootstrap
from sandbox.git import smart_http
from sandbox.rest import ENDPOINTS
from sandbox.web.dispatch import PREFIX, Dispatcher
from sandbox.web.gate import Gate
from sandbox.world import World

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def build_app(config: Config) -> Starlette:
    """Build the application, with its repository ready in `config.data_dir`."""
    world = World(config)
    bootstrap(world)
    extended: list[BaseRoute] = [route for mount in EXTENSIONS for route in mount(world)]
    rest = Dispatcher(world, ENDPOINTS)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await world.start()
        yield
        await world.stop()

    app = Starlette(
        routes=[
            Route(f"{PREFIX}/{{path:path}}", rest.answer, methods=_METHODS),
            *smart_http.routes(world),
            *control.routes(world),
            *extended,
        ],
        middleware=[Middleware(Gate, world=world)],
        lifespan=lifespan,
    )
    app.state.world = world
    return app
