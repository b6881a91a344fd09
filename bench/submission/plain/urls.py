"""One address."""

from __future__ import annotations

from django.urls import path

from bench.submission.plain.api import AskView

urlpatterns = [path("api/agent/faq", AskView.as_view())]
