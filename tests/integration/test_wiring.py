"""Which world a process sees, whenever it first asks."""

from __future__ import annotations

from closedloop.adapters.celery_stamps import StampedCourier
from closedloop.wiring import ports


def test_a_worker_sees_its_own_world_though_somebody_asked_before_it_had_its_name(monkeypatch):
    monkeypatch.delenv("CLOSEDLOOP_WORKER", raising=False)
    assert not isinstance(ports().courier, StampedCourier)
    monkeypatch.setenv("CLOSEDLOOP_WORKER", "io@here")
    assert (ports().worker, type(ports().courier)) == ("io@here", StampedCourier)
