"""Every address of the product; each context brings its own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

handler400 = "closedloop.problems.bad_request"
handler403 = "closedloop.problems.permission_denied"
handler404 = "closedloop.problems.not_found"
handler500 = "closedloop.problems.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="metrics"), name="home"),
    path("", include("tasks_app.urls")),
    path("", include("rollback_app.urls")),
    path("", include("metrics_app.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
]
