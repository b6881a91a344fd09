"""Health addresses: from "this process runs" to "everything it needs is well"."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.wiring import ports
from metrics_app.services.health import (
    Check,
    Wellness,
    check_all,
    check_canaries,
    check_database,
    check_redis,
    check_workers,
    check_writes,
    worst,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from rest_framework.request import Request


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Say that this process answers; no store is asked, so that its trouble restarts no web process."""
    return JsonResponse({"status": "ok", "version": settings.APP_VERSION})


class _Check(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[word.value for word in Wellness])
    detail = serializers.CharField()
    ms = serializers.FloatField()


class Health(serializers.Serializer[Any]):
    """503 when any check failed."""

    status = serializers.ChoiceField(choices=[word.value for word in Wellness])
    version = serializers.CharField()
    checks = serializers.DictField(child=_Check())


class HealthView(APIView):
    """What the web process needs to take work: its two stores."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(summary="Health", responses={200: Health, 503: Health})
    def get(self, _request: Request) -> Response:
        """200 while nothing has failed, else 503; each check with its milliseconds."""
        checks = self.checks()
        status = worst(checks)
        body = {"status": status, "version": settings.APP_VERSION, "checks": _by_name(checks)}
        failed = status is Wellness.FAIL
        return Response(body, status=HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK)

    def checks(self) -> list[Check]:
        """What is asked."""
        return [check_database(), check_redis()]


class DatabaseHealthView(HealthView):
    """The database alone."""

    def checks(self) -> list[Check]:
        """What is asked."""
        return [check_database()]


class RedisHealthView(HealthView):
    """Redis alone."""

    def checks(self) -> list[Check]:
        """What is asked."""
        return [check_redis()]


class WorkersHealthView(HealthView):
    """Workers alone: what verification asks after a deploy."""

    def checks(self) -> list[Check]:
        """What is asked."""
        return [check_workers(ports().clock())]


class DetailedHealthView(HealthView):
    """Stores, workers, scheduler, queues, their canaries, the live site, and what may still be written."""

    def checks(self) -> list[Check]:
        """What is asked; stalled queues have alerts of their own, so the scheduled looks leave them out."""
        return [*check_all(ports()), check_canaries(ports().clock()), check_writes(ports().clock())]


def _by_name(checks: Sequence[Check]) -> dict[str, dict[str, Any]]:
    return {
        check.name: {key: value for key, value in asdict(check).items() if key != "name"} for check in checks
    }
