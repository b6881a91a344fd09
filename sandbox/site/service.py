"""Deploys: a push to the default branch becomes the live site, told by a GitHub deployment.

1. The push makes a deployment, whose status is `in_progress`, before the pusher gets an answer.
2. Deploys of one repository follow each other; one whose commit has been overtaken meanwhile ends `inactive`.
3. The tree is rendered in a thread, the site is switched in one step, then `success` is told.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute

from sandbox.events import Event
from sandbox.faults.armory import Armory, Kind
from sandbox.forge.deployments import create_deployment, create_deployment_status
from sandbox.forge.repos import find_repo
from sandbox.site.pages import Release
from sandbox.site.publisher import Publisher
from sandbox.site.routes import site_routes
from sandbox.store import Doc
from sandbox.trees import head_of, read_tree
from sandbox.world import World

ENVIRONMENT = "production"
_BOT = "github-actions[bot]"


class Deployer:
    """Publishes what is pushed."""

    def __init__(self, world: World, armory: Armory, publisher: Publisher) -> None:
        self._world = world
        self._armory = armory
        self._publisher = publisher
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        world.bus.subscribe("push", self._on_push)
        world.on_start.append(self._catch_up)

    async def _catch_up(self) -> None:
        """Publish what was pushed while nobody was there to publish it, the first commit as well."""
        for repo in self._world.store.all("repo"):
            head = head_of(self._world.git.open(repo["full_name"]), repo["default_branch"])
            live = self._publisher.live(repo["full_name"])
            if head is not None and (live is None or live.sha != head):
                await self._deploy(repo, head, self._announce(repo))

    def _on_push(self, event: Event) -> None:
        repo = find_repo(self._world, event.repo)
        if (
            repo is None
            or event.payload["ref"] != f"refs/heads/{repo['default_branch']}"
            or event.payload["deleted"]
        ):
            return
        sha = event.payload["after"]
        self._world.spawn(self._deploy(repo, sha, self._announce(repo)))

    def _announce(self, repo: Doc) -> Doc:
        fields = {"ref": repo["default_branch"], "environment": ENVIRONMENT, "task": "deploy"}
        deployment = create_deployment(self._world, repo, _BOT, fields)
        self._tell(repo, deployment, "in_progress")
        return deployment

    def _tell(self, repo: Doc, deployment: Doc, state: str, description: str = "") -> None:
        url = f"{self._world.config.base_url}/sites/{repo['full_name']}/"
        fields = {
            "state": state,
            "description": description,
            "environment": ENVIRONMENT,
            "environment_url": url,
        }
        create_deployment_status(self._world, repo, _BOT, deployment, fields)

    async def _deploy(self, repo: Doc, sha: str, deployment: Doc) -> None:
        now = self._world.now()
        if self._armory.take(Kind.DEPLOY_NEVER, now):
            return
        slow = self._armory.take(Kind.SLOW_DEPLOY, now)
        failed = self._armory.take(Kind.FAILED_DEPLOY, now)
        name = repo["full_name"]
        with self._world.log.span("deploy", f"{name}@{sha[:7]}"):
            await asyncio.sleep(slow.delay_ms / 1000 if slow else 0.0)
            async with self._turn[name]:
                if failed:
                    self._tell(repo, deployment, "failure", "A fault is armed: this deployment fails.")
                elif head_of(self._world.git.open(name), repo["default_branch"]) != sha:
                    self._tell(repo, deployment, "inactive", "Overtaken by a later push.")
                else:
                    await self._publish(repo, sha)
                    self._tell(repo, deployment, "success")

    async def _publish(self, repo: Doc, sha: str) -> None:
        files = read_tree(self._world.git.open(repo["full_name"]), sha)
        release = Release(repo=repo["full_name"], sha=sha, deployed_at=self._world.now())
        self._armory.bind_next_release(sha)
        await asyncio.to_thread(self._publisher.publish, release, files)


def mount(world: World, armory: Armory, publisher: Publisher) -> Sequence[BaseRoute]:
    """Deploy from now on, and serve the sites."""
    Deployer(world, armory, publisher)
    return site_routes(world, armory, publisher)
