"""Addresses of this context."""

from __future__ import annotations

from django.urls import path

from rollback_app.api.rollback import RollBackView

urlpatterns = [
    path("api/agent/tasks/<uuid:task_id>/rollback", RollBackView.as_view(), name="roll-back"),
]
