"""People, organisations and apps."""

from sandbox.store import Doc
from sandbox.world import World

#: the app under which the sandbox's own CI reports, named and numbered as GitHub Actions is
CI_APP = "github-actions"
_CI_APP_ID = 15368


def ensure_user(world: World, login: str, kind: str = "User") -> Doc:
    """Return the account of that name, made if it is new; kind is User, Organization or Bot."""
    known = world.store.get("user", login.lower())
    if known is not None:
        return known
    user = {
        "id": world.store.next_id("id", start=1001),
        "login": login,
        "type": kind,
        "name": login,
        "email": f"{login}@users.noreply.localhost",
        "created_at": world.stamp(),
    }
    return world.store.put("user", login.lower(), user)


def ensure_app(world: World, slug: str) -> Doc:
    """Return the GitHub App of that slug, made if it is new."""
    known = world.store.get("app", slug)
    if known is not None:
        return known
    document = {
        "id": _CI_APP_ID if slug == CI_APP else world.store.next_id("id", start=1001),
        "slug": slug,
        "name": "GitHub Actions" if slug == CI_APP else slug,
        "owner": dict(ensure_user(world, "sandbox-apps", "Organization")),
        "created_at": world.stamp(),
    }
    return world.store.put("app", slug, document)


def account(world: World, login: str) -> Doc:
    """Return a known account, or a stand-in for one that has only been named."""
    return world.store.get("user", login.lower()) or ensure_user(world, login)


def app_of(world: World, slug: str | None) -> Doc | None:
    """Return the app of that slug, or None."""
    return None if slug is None else ensure_app(world, slug)
