"""`GET /api/agent/tasks/{id}` and the list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
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
from tasks_app.services import projection
from tasks_app.services.outage import DatabaseAway, reads

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

_AWAY_RETRY_S = 5


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
        found = _found(task_id, request)
        if found is None:
            raise Problem(404, "unknown_task", f"There is no task {task_id}.", trace_id=str(task_id))
        return Response(found)


def _found(task_id: UUID, request: Request) -> Any:
    """The database's answer; while it is away or was a moment ago, the board's or the spool's, if they know.

    None only when database and spool both were asked and know nothing: what is not known is no 404.
    """
    try:
        found = reads.ask(partial(_stored, task_id, request))
    except DatabaseAway as error:
        return _standing_in(task_id, request, error)
    # What is neither here nor in the spool may just have gone from there to here.
    return found or _spooled(task_id, request) or reads.ask(partial(_stored, task_id, request))


def _standing_in(task_id: UUID, request: Request, error: DatabaseAway) -> dict[str, Any]:
    try:
        copy = projection.copy_of(task_id, ports())
    except Unavailable:
        copy = None
    found = TaskDetailSerializer.from_copy(task_id, copy, request) if copy else _spooled(task_id, request)
    if found is None:
        detail = f"The database is away ({error}), and there is no copy of this task."
        raise Problem(503, "unavailable", detail, trace_id=str(task_id), retry_after_s=_AWAY_RETRY_S)
    return found


def _stored(task_id: UUID, request: Request) -> Any:
    task = selectors.task_by_id(task_id)
    if task is None:
        return None
    events = selectors.task_events(task.pk)
    context = {"request": request, "now": ports().clock(), "events": events, "asked_for": task_id}
    return TaskDetailSerializer(task, context=context).data


def _spooled(task_id: UUID, request: Request) -> dict[str, Any] | None:
    try:
        spooled = ports().spool.read(task_id)
    except Unavailable as error:
        detail = "No store that can be reached knows this task, and the spool cannot be reached."
        raise Problem(
            503, "unavailable", detail, trace_id=str(task_id), retry_after_s=_AWAY_RETRY_S
        ) from error
    return TaskDetailSerializer.from_spool(spooled, request) if spooled else None


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
