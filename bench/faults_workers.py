"""`celery -A bench.faults_workers worker`: the product's own workers, who say which of them is at work."""

from __future__ import annotations

from bench import faults_busy
from closedloop.celery import app

__all__ = ["app"]

faults_busy.listen()
