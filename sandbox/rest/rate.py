"""The rate limit, which costs nothing to ask for.

https://docs.github.com/en/rest/rate-limit/rate-limit
"""

from starlette.responses import Response

from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint


def get(call: Call) -> Response:
    """Get rate limit status."""
    resources = {name: _shown(call, name) for name in ("core", "search", "graphql")}
    return answer({"resources": resources, "rate": resources["core"]})


def _shown(call: Call, resource: str) -> dict[str, int]:
    budget = call.world.limiter.budget(call.actor, resource)
    return {
        "limit": budget.limit,
        "remaining": budget.remaining,
        "reset": budget.reset,
        "used": budget.used,
    }


ENDPOINTS = (endpoint("GET", "/rate_limit", get),)
