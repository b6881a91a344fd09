"""People, organisations and apps as GitHub shows them."""

from functools import cache
from typing import Any

from sandbox.store import Doc
from sandbox.views.links import Links, node_id

_USER_PARTS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def simple_user(links: Links, user: Doc) -> dict[str, Any]:
    """GitHub's `simple-user`."""
    return {"login": user["login"], "id": user["id"], **_shared(links, user["login"], user["type"])}


@cache
def _shared(links: Links, login: str, kind: str) -> dict[str, Any]:
    url = links.api("users", login)
    return {
        "node_id": node_id("User", login),
        "avatar_url": links.page("avatars", login),
        "gravatar_id": "",
        "url": url,
        "html_url": links.page(login),
        **{name: url + part for name, part in _USER_PARTS.items()},
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(links: Links, user: Doc) -> dict[str, Any]:
    """GitHub's `public-user`."""
    return simple_user(links, user) | {
        "name": user["name"],
        "company": None,
        "blog": "",
        "location": None,
        "email": user["email"],
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
    }


def private_user(links: Links, user: Doc) -> dict[str, Any]:
    """GitHub's `private-user`: the bearer of the token about itself."""
    return public_user(links, user) | {
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def app(links: Links, document: Doc) -> dict[str, Any]:
    """GitHub's `integration`: an app that reports checks."""
    return {
        "id": document["id"],
        "client_id": f"Iv1.{document['id']:016x}",
        "slug": document["slug"],
        "node_id": node_id("App", document["slug"]),
        "owner": simple_user(links, document["owner"]),
        "name": document["name"],
        "description": "",
        "external_url": links.page("apps", document["slug"]),
        "html_url": links.page("apps", document["slug"]),
        "created_at": document["created_at"],
        "updated_at": document["created_at"],
        "permissions": {"checks": "write", "contents": "read", "metadata": "read", "statuses": "write"},
        "events": ["check_run", "check_suite", "push", "pull_request"],
    }
