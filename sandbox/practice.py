"""Everything of the practice world that is not the forge, put together."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from sandbox.chat.api import mount as mount_chat
from sandbox.ci.service import ContinuousIntegration
from sandbox.counts import mount as mount_counts
from sandbox.faults.api import routes as fault_routes
from sandbox.faults.armory import Armory, Kind, Occasion
from sandbox.faults.routes import RouteFaults
from sandbox.graphql.server import mount as mount_graphql
from sandbox.hooks.deliverer import Deliverer
from sandbox.pages.routes import Pages
from sandbox.seed.planting import plant
from sandbox.sinks.mail import Postbox
from sandbox.sinks.messages import message_routes
from sandbox.sinks.sentry import sentry_routes
from sandbox.site.publisher import Publisher
from sandbox.site.service import mount as mount_sites
from sandbox.world import World


def mount(world: World) -> Sequence[BaseRoute]:
    """Seed, arm the gate, subscribe CI, deploys and webhooks to the bus, and serve everything."""
    armory = Armory()
    world.faults = RouteFaults(world, armory)
    world.knows_mergeable = lambda branch: (
        armory.take(Kind.MERGEABLE_UNKNOWN, world.now(), Occasion(branch=branch)) is None
    )
    ContinuousIntegration(world, armory)
    publisher = Publisher(root=world.config.data_dir / "sites")
    sites = mount_sites(world, armory, publisher)
    Deliverer(world, armory)
    postbox = Postbox(world)
    plant(world, world.config.repo)
    world.on_start.append(postbox.open)
    world.on_stop.append(postbox.close)
    return (
        *fault_routes(world, armory),
        *mount_counts(world),
        *sites,
        *mount_chat(world),
        *mount_graphql(world),
        *message_routes(world),
        *sentry_routes(world),
        *postbox.routes(),
        *Pages(world=world, armory=armory, publisher=publisher, postbox=postbox).routes(),
    )
