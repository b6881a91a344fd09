"""`GET /api/metrics/agent`: the RFC's figures."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.wiring import ports
from metrics_app.services.agent_metrics import Query, agent_metrics
from metrics_app.slo.windows import SLIDING

if TYPE_CHECKING:
    from rest_framework.request import Request


class CompactDate(serializers.DateField):
    """A UTC day as YYYYMMDD."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y%m%d"], **kwargs)


class MetricsQuery(serializers.Serializer[Query]):
    """What may be asked."""

    date = CompactDate(required=False, help_text="A UTC day, YYYYMMDD; today by default.")
    window = serializers.ChoiceField(
        choices=sorted(SLIDING), required=False, help_text="A window that ends now; goes before `date`."
    )
    detail = serializers.BooleanField(required=False, default=False)

    def validate_date(self, value: dt.date) -> dt.date:
        """Refuse the calendar's last year: its last day has no end that could be computed."""
        if value.year == dt.MAXYEAR:
            raise serializers.ValidationError("There is nothing to be counted so far away.")
        return value


class _Percentiles(serializers.Serializer[Any]):
    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)
    p99 = serializers.IntegerField(allow_null=True)


class _SloMet(serializers.Serializer[Any]):
    tte_under_60s = serializers.BooleanField(allow_null=True)
    success_rate_above_99 = serializers.BooleanField(allow_null=True)


class AgentMetrics(serializers.Serializer[Any]):
    """The RFC's shape. Null stands for "nothing was measured"."""

    date = serializers.CharField(help_text="YYYYMMDD")
    total_tasks = serializers.IntegerField()
    success_count = serializers.IntegerField()
    failure_count = serializers.IntegerField()
    success_rate_percent = serializers.FloatField(allow_null=True)
    tte_ms = _Percentiles()
    slo_met = _SloMet()


class AgentMetricsView(APIView):
    """Success and time to execute of a day or a window."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Success rate and time to execute",
        parameters=[
            OpenApiParameter("date", str, description="A UTC day, YYYYMMDD; today by default."),
            OpenApiParameter("window", str, enum=sorted(SLIDING), description="Ends now; before `date`."),
            OpenApiParameter(
                "detail", bool, description="Adds stages, and figures by kind, version, worker."
            ),
        ],
        responses=AgentMetrics,
    )
    def get(self, request: Request) -> Response:
        """Today, a day (`?date=`), or a window that ends now (`?window=`); `?detail=1` adds breakdowns."""
        asked = MetricsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = Query(
            day=asked.validated_data.get("date"),
            sliding=asked.validated_data.get("window"),
            detail=asked.validated_data["detail"],
        )
        return Response(agent_metrics(query, ports().clock()))
