"""The same address as a plain project would write it: serializer, `save`, `.delay`. No idempotency."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.submission.plain.jobs import answer
from bench.submission.plain.models import Task

if TYPE_CHECKING:
    from rest_framework.request import Request


class QuestionSerializer(serializers.Serializer[Task]):
    """What may be sent."""

    question = serializers.CharField(max_length=2000)


class AskView(APIView):
    """`POST /api/agent/faq`."""

    def post(self, request: Request) -> Response:
        """Save the row and queue its job."""
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        task_id = uuid.uuid4()
        task = Task(task_id=task_id, trace_id=task_id, question=question.validated_data["question"])
        task.save()
        answer.delay(str(task_id))
        body = {
            "task_id": str(task_id),
            "trace_id": str(task_id),
            "status": task.status,
            "status_url": request.build_absolute_uri(f"/api/agent/tasks/{task_id}"),
        }
        return Response(body, status=status.HTTP_202_ACCEPTED)
