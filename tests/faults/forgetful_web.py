"""`uvicorn tests.faults.forgetful_web:application`: the product's web process, whose hints are all lost."""

from __future__ import annotations

from closedloop.asgi import application
from tests.faults.forgetful import begin

__all__ = ["application"]

begin()
