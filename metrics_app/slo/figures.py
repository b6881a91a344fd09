"""Values as people read them."""

from __future__ import annotations

from metrics_app.slo.objectives import Unit

#: Unit, its size in milliseconds, and how many of it are still said in it.
_SCALES = (("s", 1_000, 100), ("min", 60_000, 100), ("h", 3_600_000, 48))
_DAY_MS = 86_400_000


def figure(unit: Unit, value: float) -> str:
    """A value with its unit: `850 ms`, `12.3 s`, `2.5 min`, `99.12 %`."""
    return f"{value:g} %" if unit is Unit.PERCENT else duration(value)


def duration(milliseconds: float) -> str:
    """Milliseconds in the unit that fits."""
    if milliseconds < _SCALES[0][1]:
        return f"{milliseconds:.0f} ms"
    for unit, size, limit in _SCALES:
        if milliseconds < size * limit:
            return f"{milliseconds / size:.1f} {unit}"
    return f"{milliseconds / _DAY_MS:.1f} d"
