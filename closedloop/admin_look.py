"""How the admin looks and what its sidebar offers; read by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.urls import reverse_lazy

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

#: Indigo, as on the metrics page.
_PRIMARY = {
    "50": "#eef2ff",
    "100": "#e0e7ff",
    "200": "#c7d2fe",
    "300": "#a5b4fc",
    "400": "#818cf8",
    "500": "#6366f1",
    "600": "#4f46e5",
    "700": "#4338ca",
    "800": "#3730a3",
    "900": "#312e81",
    "950": "#1e1b4b",
}

#: The sidebar: title, icon, app and model of each list, by group.
_LISTS = {
    "Work": (
        ("Tasks", "task_alt", "tasks_app", "task"),
        ("Pull requests", "merge", "tasks_app", "pullrequest"),
        ("Releases", "rocket_launch", "rollback_app", "release"),
        ("Rollbacks", "undo", "rollback_app", "rollback"),
    ),
    "Health": (
        ("Workers", "memory", "metrics_app", "workerheartbeat"),
        ("Alerts", "notifications", "metrics_app", "alert"),
        ("Objectives", "flag", "metrics_app", "slorecord"),
        ("Health readings", "ecg_heart", "metrics_app", "healthreading"),
        ("Forge traffic", "swap_vert", "metrics_app", "forgetraffic"),
        ("Scheduled jobs", "schedule", "django_celery_results", "taskresult"),
    ),
    "Behind the scenes": (
        ("Lanes", "alt_route", "tasks_app", "lane"),
        ("Effects", "bolt", "tasks_app", "effect"),
        ("Writes left", "speed", "tasks_app", "writebudget"),
        ("Writes made", "edit_note", "tasks_app", "writecharge"),
        ("Outbox", "outbox", "tasks_app", "outboxjob"),
        ("Inbox", "inbox", "tasks_app", "inboxdelivery"),
    ),
    "Access": (
        ("Users", "person", "auth", "user"),
        ("Groups", "group", "auth", "group"),
        ("API tokens", "key", "authtoken", "tokenproxy"),
    ),
}


def admin_look() -> dict[str, Any]:
    """The setting UNFOLD."""
    return {
        "SITE_TITLE": "closedloop",
        "SITE_HEADER": "closedloop",
        "SITE_SUBHEADER": "from question to production",
        "SITE_SYMBOL": "cycle",
        "SITE_FAVICONS": [
            {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("metrics/icon.svg")}
        ],
        "SITE_URL": reverse_lazy("metrics"),
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "COLORS": {"primary": _PRIMARY},
        "STYLES": [lambda _request: static("admin_closedloop/admin.css")],
        "DASHBOARD_CALLBACK": "metrics_app.admin.dashboard.add_dashboard",
        "SIDEBAR": {
            "show_search": False,
            "show_all_applications": False,
            "navigation": [_start(), *(_group(title, *lists) for title, lists in _LISTS.items())],
        },
    }


def _start() -> dict[str, Any]:
    pages = (
        ("Overview", "space_dashboard", "admin:index"),
        ("Metrics", "monitoring", "metrics"),
        ("API", "api", "docs"),
    )
    items = [{"title": title, "icon": icon, "link": reverse_lazy(name)} for title, icon, name in pages]
    return {"title": "", "separator": False, "collapsible": False, "items": items}


def _group(title: str, *lists: tuple[str, str, str, str]) -> dict[str, Any]:
    items = [_list(*each) for each in lists]
    return {"title": title, "separator": True, "collapsible": False, "items": items}


def _list(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(app, model),
    }


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def has_permission(request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))

    return has_permission
