"""Addresses of this context."""

from __future__ import annotations

from django.urls import path

from tasks_app import webhooks
from tasks_app.api.actions import CancelView, RetryView
from tasks_app.api.faq import AskView
from tasks_app.api.tasks import TaskListView, TaskView

urlpatterns = [
    path("api/agent/faq", AskView.as_view(), name="ask"),
    path("api/agent/tasks", TaskListView.as_view(), name="tasks"),
    path("api/agent/tasks/<uuid:task_id>", TaskView.as_view(), name="task"),
    path("api/agent/tasks/<uuid:task_id>/retry", RetryView.as_view(), name="retry"),
    path("api/agent/tasks/<uuid:task_id>/cancel", CancelView.as_view(), name="cancel"),
    path("webhooks/github", webhooks.github, name="github-webhook"),
]
