"""`uvicorn tests.faults.crashing_web:application`: the product's web process, dying where the book says."""

from __future__ import annotations

from closedloop.asgi import application
from tests.faults.crashing import begin

__all__ = ["application"]

begin()
