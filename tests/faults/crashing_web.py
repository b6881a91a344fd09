"""`uvicorn tests.faults.crashing_web:application`: the product's web process, dying where the book says."""

from __future__ import annotations

from django.conf import settings

from closedloop.asgi import application
from closedloop.databases import hasten
from tests.faults.crashing import begin

__all__ = ["application"]

# The process that this one is a fork of was set up before it was known to be a web process.
hasten(settings.DATABASES["default"], settings.WEB_DATABASE_TIMEOUT_S)
begin()
