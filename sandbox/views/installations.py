"""Installations of apps as GitHub shows them."""

from typing import Any

from sandbox.store import Doc
from sandbox.views.accounts import simple_user
from sandbox.views.links import Links


def installation(links: Links, installed: Doc, owner: Doc) -> dict[str, Any]:
    """GitHub's `installation`."""
    number = installed["id"]
    return {
        "id": number,
        "account": simple_user(links, owner),
        "access_tokens_url": links.api("app", "installations", str(number), "access_tokens"),
        "repositories_url": links.api("installation", "repositories"),
        "html_url": links.page("settings", "installations", str(number)),
        "app_id": installed["app_id"],
        "app_slug": installed["slug"],
        "target_id": owner["id"],
        "target_type": owner["type"],
        "permissions": installed["permissions"],
        "events": [],
        "created_at": installed["created_at"],
        "updated_at": installed["created_at"],
        "single_file_name": None,
        "repository_selection": "all",
        "suspended_by": None,
        "suspended_at": None,
    }
