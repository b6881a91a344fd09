"""`GET /api/agent/tasks/{id}` and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import InterfaceError, OperationalError
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.ports.errors import Unavailable
from closedloop.problems import Problem
from closedloop.rest import problems
from closedloop.wiring import ports
from tasks_app import selectors
from tasks_app.api.filters import TaskFilter
from tasks_app.api.pages import TaskPages
from tasks_app.api.serializers import TaskDetailSerializer, TaskSerializer
from tasks_app.services.projection import task_key

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

log = structlog.get_logger(__name__)


class TaskView(APIView):
    """One task."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="task",
        summary="Where a task is, and how it came there",
        description="From the database; while that is away, from the last copy (`source: cache`).",
        responses={200: TaskDetailSerializer, **problems(404, 503)},
    )
    def get(self, request: Request, task_id: UUID) -> Response:
        """Show one task."""
        structlog.contextvars.bind_contextvars(trace_id=str(task_id))
        try:
            found = _stored(task_id, request)
        except (OperationalError, InterfaceError) as error:
            log.warning("task_read_from_cache", error=type(error).__name__)
            found = _cached(task_id, request)
        if found is None:
            raise Problem(404, "unknown_task", f"There is no task {task_id}.", trace_id=str(task_id))
        return Response(found)


def _stored(task_id: UUID, request: Request) -> Any:
    task = selectors.task_by_id(task_id)
    if task is None:
        return None
    context = {"request": request, "now": ports().clock(), "events": selectors.task_events(task_id)}
    return TaskDetailSerializer(task, context=context).data


def _cached(task_id: UUID, request: Request) -> dict[str, Any] | None:
    try:
        copy = ports().board.read(task_key(task_id))
    except Unavailable as error:
        detail = "Neither the database nor the cache can be reached."
        raise Problem(503, "unavailable", detail, trace_id=str(task_id), retry_after_s=5) from error
    return TaskDetailSerializer.from_copy(task_id, copy, request) if copy else None


class TaskListView(ListAPIView[Any]):
    """All tasks, newest first."""

    authentication_classes = []
    permission_classes = [AllowAny]
    serializer_class = TaskSerializer
    pagination_class = TaskPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = TaskFilter
    queryset = selectors.tasks()

    @extend_schema(operation_id="tasks", summary="All tasks, newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List tasks."""
        return super().get(request, *args, **kwargs)
