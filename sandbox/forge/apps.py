"""GitHub Apps that act by themselves: installed everywhere, with tokens that end."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from sandbox.forge.accounts import ensure_app, ensure_user
from sandbox.store import Doc
from sandbox.web.auth import Token, add_token
from sandbox.world import World


def install_app(
    world: World, slug: str, *, public_key: str, permissions: Mapping[str, str], token_life_s: float
) -> Doc:
    """Install an app on every repository, or change its key, permissions and the life of its tokens."""
    app = ensure_app(world, slug)
    ensure_user(world, bot_of(slug), "Bot")
    known = next(iter(world.store.find("installation", "slug", slug)), None)
    number = known["id"] if known else world.store.next_id("id", start=1001)
    document = {
        "id": number,
        "slug": slug,
        "app_id": app["id"],
        "issuer": str(app["id"]),
        "public_key": public_key,
        "permissions": dict(permissions),
        "token_life_s": token_life_s,
        "created_at": known["created_at"] if known else world.stamp(),
    }
    return world.store.put("installation", number, document)


def installation_of(world: World, slug: str) -> Doc | None:
    """Find where the app of that slug is installed."""
    return next(iter(world.store.find("installation", "slug", slug)), None)


def new_token(world: World, installed: Doc, permissions: Mapping[str, str]) -> Doc:
    """Make a token of an installation, with some of its permissions, or all if none is named."""
    granted = {**(permissions or installed["permissions"])}
    ends = world.now() + timedelta(seconds=installed["token_life_s"])
    secret = f"ghs_{secrets.token_hex(18)}"
    token = Token(
        secret=secret,
        login=bot_of(installed["slug"]),
        permissions=granted,
        app=installed["slug"],
        expires_at=ends.timestamp(),
    )
    add_token(world.store, token)
    return {"token": secret, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "permissions": granted}


def bot_of(slug: str) -> str:
    """Name the account as which an app acts."""
    return f"{slug}[bot]"
