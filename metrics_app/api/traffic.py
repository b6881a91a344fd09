"""`GET /api/metrics/traffic`: requests to the forge, and how many of them a task costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from closedloop.ports.traffic import Kind
from closedloop.wiring import ports
from metrics_app.selectors.traffic import traffic_in
from metrics_app.services.keeping import kept
from metrics_app.slo.windows import SLIDING, whole_hours

if TYPE_CHECKING:
    from rest_framework.request import Request

    from metrics_app.slo.traffic import Traffic

#: Seconds an answer may be old.
_CACHE_S = 1
_WINDOW = "Ends now, and begins with a whole hour (UTC), since requests are counted by the hour."


class TrafficQuery(serializers.Serializer[Any]):
    """What may be asked."""

    window = serializers.ChoiceField(choices=sorted(SLIDING), required=False, default="1h")


class _Requests(serializers.Serializer[Any]):
    rest_read = serializers.IntegerField()
    rest_write = serializers.IntegerField()
    graphql = serializers.IntegerField()
    git_fetch = serializers.IntegerField()
    git_push = serializers.IntegerField()
    content_write = serializers.IntegerField(help_text="Of rest_write: those that make content.")
    unchanged = serializers.IntegerField(help_text="Of rest_read: those answered 304, which are free.")


class _PerTask(serializers.Serializer[Any]):
    rest_read = serializers.FloatField(allow_null=True)
    rest_write = serializers.FloatField(allow_null=True)
    graphql = serializers.FloatField(allow_null=True)
    git_fetch = serializers.FloatField(allow_null=True)
    git_push = serializers.FloatField(allow_null=True)
    content_write = serializers.FloatField(allow_null=True)
    unchanged = serializers.FloatField(allow_null=True)


class TrafficMetrics(serializers.Serializer[Any]):
    """Requests by kind. Null stands for "no task was merged"."""

    to = serializers.DateTimeField()
    tasks_merged = serializers.IntegerField()
    requests = _Requests()
    per_task = _PerTask()
    total_per_task = serializers.FloatField(
        allow_null=True, help_text="Every request once, free ones among them."
    )

    def get_fields(self) -> dict[str, Any]:
        """Begin with `from`, which Python keeps for itself."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class TrafficView(APIView):
    """What went to the forge."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Requests to the forge, and per task",
        parameters=[OpenApiParameter("window", str, enum=sorted(SLIDING), default="1h", description=_WINDOW)],
        responses=TrafficMetrics,
    )
    def get(self, request: Request) -> Response:
        """Count what was sent in a window that ends now, and what a merged task cost."""
        asked = TrafficQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        name, now = asked.validated_data["window"], ports().clock()
        traffic = kept(f"traffic:{name}", lambda: traffic_in(whole_hours(name, now)), for_s=_CACHE_S)
        return Response(TrafficMetrics(_answer(traffic)).data)


def _answer(traffic: Traffic) -> dict[str, Any]:
    sent = {kind.value: traffic.sent(kind) for kind in Kind}
    return {
        "from": traffic.window.starts_at,
        "to": traffic.window.ends_at,
        "tasks_merged": traffic.tasks_merged,
        "requests": sent,
        "per_task": {name: traffic.per_task(count) for name, count in sent.items()},
        "total_per_task": traffic.per_task(traffic.total()),
    }
