"""`/user`, `/users/{username}` and `/rate_limit`'s neighbours."""

from starlette.responses import Response

from sandbox.views.accounts import private_user, public_user
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import not_found


def current_user(call: Call) -> Response:
    """Get the authenticated user."""
    user = call.world.store.get("user", call.actor.login.lower())
    if user is None:
        raise not_found()
    return answer(private_user(call.world.links, user))


def user_by_name(call: Call) -> Response:
    """Get a user."""
    user = call.world.store.get("user", call.params["username"].lower())
    if user is None:
        raise not_found()
    return answer(public_user(call.world.links, user))


ENDPOINTS = (
    endpoint("GET", "/user", current_user, "metadata:read"),
    endpoint("GET", "/users/{username}", user_by_name),
)
