"""`POST /api/agent/tasks/{id}/rollback`: take a merged change back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.problems import Problem
from closedloop.rest import BoundedJSONParser, MayAct, ReasonSerializer, problems
from closedloop.wiring import ports
from rollback_app.models import Rollback
from rollback_app.services.operator import roll_back
from rollback_app.states import RollbackState
from tasks_app.services.errors import ServiceError, UnknownTask

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

#: Named in the settings, so that the description calls them by one name everywhere.
STATES = [(state.value, state.value) for state in RollbackState]


class RollbackSerializer(serializers.ModelSerializer[Rollback]):
    """A way back that has begun."""

    rollback_id = serializers.UUIDField(source="id")
    task_ids = serializers.PrimaryKeyRelatedField[Any](source="tasks", many=True, read_only=True)
    pr_url = serializers.URLField(source="url", help_text="Empty until the hotfix is published.")

    class Meta:
        model = Rollback
        fields = ["rollback_id", "task_ids", "state", "reason", "pr_url", "issue_url", "detected_at"]
        read_only_fields = fields


class RollBackView(APIView):
    """Take a merged change back."""

    parser_classes = [BoundedJSONParser]
    permission_classes = [MayAct]
    required_permission = "rollback_app.roll_back"

    @extend_schema(
        operation_id="roll_back",
        summary="Take a merged change back",
        description="Reverts the change in a hotfix pull request; follow it at the task's own address.",
        request=ReasonSerializer,
        responses={202: RollbackSerializer, **problems(400, 401, 403, 404, 409, 413, 415, 503)},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """Start a rollback."""
        trace_id = str(task_id)
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        said = ReasonSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        actor, reason = request.user.get_username(), said.validated_data["reason"]
        try:
            rollback = roll_back([task_id], actor=actor, reason=reason, ports=ports())
        except UnknownTask as error:
            raise Problem(404, error.code, error.detail, trace_id=trace_id) from error
        except ServiceError as error:
            raise Problem(409, error.code, error.detail, trace_id=trace_id) from error
        return Response(RollbackSerializer(rollback).data, status=202)
