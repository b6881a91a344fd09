"""`GET /_sandbox/counts`: what a judge or a benchmark wants to know of a whole run, in numbers."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.events import Event
from sandbox.world import World

_REQUESTS = (
    *("rest_read", "rest_write", "content_write", "not_modified", "graphql", "graphql_mutation"),
    *("git_fetch", "git_push"),
)
_TRIGGERS = ("pull_request", "merge_group", "push")


def mount(world: World) -> Sequence[BaseRoute]:
    """Count pull requests from now on, and serve the counts; `?since=` takes an epoch second."""

    def count(event: Event) -> None:
        merged = event.payload["pull_request"]["merged"]
        if event.action in {"opened", "closed"}:
            world.tally.add("pulls_merged" if merged else f"pulls_{event.action}")

    async def counts(request: Request) -> Response:
        try:
            since = float(request.query_params.get("since", "0"))
        except ValueError:
            return JSONResponse({"message": "since must be an epoch second"}, 422)
        return JSONResponse(_shown(world, since))

    world.bus.subscribe("pull_request", count)
    return (Route("/_sandbox/counts", counts),)


def _shown(world: World, since: float) -> dict[str, Any]:
    found = world.tally.since(since)
    return {
        "since": since,
        "requests": {word: found[word] for word in _REQUESTS},
        "refusals": {kind: found[f"refused_{kind}"] for kind in ("primary", "secondary")},
        "ci_runs": sum(found[f"ci_{trigger}"] for trigger in _TRIGGERS),
        "ci_runs_by_event": {trigger: found[f"ci_{trigger}"] for trigger in _TRIGGERS},
        "ci_reruns": found["ci_rerun"],
        "pulls_opened": found["pulls_opened"],
        "pulls_merged": found["pulls_merged"],
        "pulls_closed_unmerged": found["pulls_closed"],
        "merges": {method: found[f"merge_{method}"] for method in ("merge", "squash", "rebase", "push")},
    }
