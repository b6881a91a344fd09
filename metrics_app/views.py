"""The metrics page."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from closedloop.wiring import ports
from metrics_app.dashboard.picture import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


def for_readers(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Open on a developer's machine; elsewhere for staff, since questions may say more than figures do."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        is_open = settings.DEBUG or settings.ENV == "local"
        if is_open or (request.user.is_active and request.user.is_staff):
            return view(request)
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))

    return guarded


@require_safe
@never_cache
@for_readers
def page(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "metrics/page.html", picture(ports().clock()))


@require_safe
@never_cache
@for_readers
def live(request: HttpRequest) -> HttpResponse:
    """Its sections alone, fetched every two seconds by `static/metrics/live.js`."""
    return render(request, "metrics/sections.html", picture(ports().clock()))
