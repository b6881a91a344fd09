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
            "navigation": [
                _group(
                    "",
                    {"title": "Overview", "icon": "space_dashboard", "link": reverse_lazy("admin:index")},
                    {"title": "Metrics", "icon": "monitoring", "link": reverse_lazy("metrics")},
                    {"title": "API", "icon": "api", "link": reverse_lazy("docs")},
                ),
                _group(
                    "Work",
                    _list("Tasks", "task_alt", "tasks_app", "task"),
                    _list("Pull requests", "merge", "tasks_app", "pullrequest"),
                    _list("Releases", "rocket_launch", "rollback_app", "release"),
                    _list("Rollbacks", "undo", "rollback_app", "rollback"),
                ),
                _group(
                    "Health",
                    _list("Workers", "memory", "metrics_app", "workerheartbeat"),
                    _list("Alerts", "notifications", "metrics_app", "alert"),
                    _list("Objectives", "flag", "metrics_app", "slorecord"),
                    _list("Health readings", "ecg_heart", "metrics_app", "healthreading"),
                    _list("Scheduled jobs", "schedule", "django_celery_results", "taskresult"),
                ),
                _group(
                    "Behind the scenes",
                    _list("Lanes", "alt_route", "tasks_app", "lane"),
                    _list("Effects", "bolt", "tasks_app", "effect"),
                    _list("Outbox", "outbox", "tasks_app", "outboxjob"),
                    _list("Inbox", "inbox", "tasks_app", "inboxdelivery"),
                ),
                _group(
                    "Access",
                    _list("Users", "person", "auth", "user"),
                    _list("Groups", "group", "auth", "group"),
                    _list("API tokens", "key", "authtoken", "tokenproxy"),
                ),
            ],
        },
    }


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": bool(title), "collapsible": False, "items": list(items)}


def _list(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(app, model),
    }


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def has_permission(request: HttpRequest) -> bool:
        return request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")

    return has_permission
