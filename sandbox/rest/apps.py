"""What a GitHub App may ask when it has shown who it is.

https://docs.github.com/en/rest/apps/apps
"""

from starlette.responses import Response

from sandbox.forge.accounts import ensure_app
from sandbox.forge.apps import installation_of, new_token
from sandbox.store import Doc
from sandbox.views import accounts
from sandbox.views.installations import installation
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, invalid, not_found


def _installed(call: Call) -> Doc:
    """Find the installation of the app that asks."""
    if not call.actor.is_app or call.actor.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    found = installation_of(call.world, call.actor.app)
    if found is None:
        raise not_found()
    return found


def get_app(call: Call) -> Response:
    """Get the authenticated app."""
    installed = _installed(call)
    shown = accounts.app(call.world.links, ensure_app(call.world, installed["slug"]))
    return answer({**shown, "permissions": installed["permissions"], "installations_count": 1})


def get_repo_installation(call: Call) -> Response:
    """Get the installation for a repository."""
    return answer(installation(call.world.links, _installed(call), call.repo["owner"]))


def post_token(call: Call) -> Response:
    """Create an installation access token."""
    installed = _installed(call)
    if installed["id"] != call.number("installation_id"):
        raise not_found()
    wanted = call.field("permissions", dict, {})
    if not wanted.items() <= installed["permissions"].items():
        message = "The permissions requested are not granted to this installation."
        raise invalid("Installation", "permissions", message=message)
    return answer({**new_token(call.world, installed, wanted), "repository_selection": "all"}, 201)


ENDPOINTS = (
    endpoint("GET", "/app", get_app),
    endpoint("GET", "/repos/{owner}/{repo}/installation", get_repo_installation),
    endpoint("POST", "/app/installations/{installation_id}/access_tokens", post_token),
)
