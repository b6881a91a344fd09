"""Addresses of this context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from metrics_app import views
from metrics_app.api import health
from metrics_app.api.agent import AgentMetricsView
from metrics_app.api.traffic import TrafficView

if TYPE_CHECKING:
    from django.urls import URLPattern


def _health(prefix: str, name: str) -> list[URLPattern]:
    return [
        path(f"{prefix}", health.HealthView.as_view(), name=name),
        path(f"{prefix}/database", health.DatabaseHealthView.as_view(), name=f"{name}-database"),
        path(f"{prefix}/redis", health.RedisHealthView.as_view(), name=f"{name}-redis"),
        path(f"{prefix}/workers", health.WorkersHealthView.as_view(), name=f"{name}-workers"),
        path(f"{prefix}/detailed", health.DetailedHealthView.as_view(), name=f"{name}-detailed"),
    ]


urlpatterns: list[URLPattern] = [
    path("healthz", health.healthz, name="healthz"),
    *_health("api/v1/health", "health"),
    # The worker's clients know these shorter addresses.
    *_health("health", "health-short"),
    path("api/metrics/agent", AgentMetricsView.as_view(), name="agent-metrics"),
    path("api/metrics/traffic", TrafficView.as_view(), name="traffic-metrics"),
    path("metrics/", views.page, name="metrics"),
    path("metrics/live", views.live, name="metrics-live"),
]
