"""Answers kept for a moment, so that many readers cost as much as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from django.core.cache import cache

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def kept(key: str, make: Callable[[], T], *, for_s: int) -> T:
    """The value made at most `for_s` seconds ago under `key`, else a new one; it is never None."""
    return cast("T", cache.get_or_set(f"metrics:{key}", make, for_s))
