"""What an operator may do to a task by the API: each act needs a token or session, and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.problems import Problem
from closedloop.rest import BoundedJSONParser, MayAct, ReasonSerializer, problems
from closedloop.wiring import ports
from tasks_app import selectors
from tasks_app.api.serializers import TaskSerializer
from tasks_app.services.errors import ServiceError, UnknownTask
from tasks_app.services.operator import cancel_task, retry_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from rest_framework.request import Request

_ERRORS = problems(400, 401, 403, 404, 409, 413, 415, 503)


class RetryView(APIView):
    """Go back to the step that failed."""

    parser_classes = [BoundedJSONParser]
    permission_classes = [MayAct]
    required_permission = "tasks_app.retry_task"

    @extend_schema(
        operation_id="retry",
        summary="Go back to the step that failed",
        request=ReasonSerializer,
        responses={200: TaskSerializer, **_ERRORS},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """Retry a task."""
        return _act(retry_task, request, task_id)


class CancelView(APIView):
    """Stop a task."""

    parser_classes = [BoundedJSONParser]
    permission_classes = [MayAct]
    required_permission = "tasks_app.cancel_task"

    @extend_schema(
        operation_id="cancel",
        summary="Stop a task before it is merged",
        description="While a pull request is in flight the wish is kept and honoured at its next look.",
        request=ReasonSerializer,
        responses={200: TaskSerializer, **_ERRORS},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """Cancel a task."""
        return _act(cancel_task, request, task_id)


def _act(service: Callable[..., Any], request: Request, task_id: UUID) -> Response:
    trace_id = str(task_id)
    structlog.contextvars.bind_contextvars(trace_id=trace_id)
    said = ReasonSerializer(data=request.data)
    said.is_valid(raise_exception=True)
    actor, reason = request.user.get_username(), said.validated_data["reason"]
    try:
        service(task_id, actor=actor, reason=reason, ports=ports())
    except UnknownTask as error:
        raise Problem(404, error.code, error.detail, trace_id=trace_id) from error
    except ServiceError as error:
        raise Problem(409, error.code, error.detail, trace_id=trace_id) from error
    return Response(TaskSerializer(selectors.task_by_id(task_id), context={"request": request}).data)
