"""Filters that unfold does not have in this form."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_date, parse_time
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, RangeDateTimeFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class WordFilter(AllValuesCheckboxFilter):  # type: ignore[misc] # unfold ships no types
    """The words that occur, without the empty one."""

    lookup_choices: Any

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.lookup_choices = self.lookup_choices.exclude(**{self.lookup_kwarg: ""})


class UtcRangeFilter(RangeDateTimeFilter):  # type: ignore[misc] # unfold ships no types
    """unfold's, in UTC: its own compares times without a zone. A day alone means the whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list; what is no date is left out of account."""
        edges = {
            f"{self.parameter_name}__gte": self._edge("from", time.min),
            f"{self.parameter_name}__lte": self._edge("to", time.max),
        }
        return queryset.filter(**{lookup: edge for lookup, edge in edges.items() if edge})

    def _edge(self, side: str, default: time) -> datetime | None:
        day, clock = (
            str(self.used_parameters.get(f"{self.parameter_name}_{side}_{part}") or "") for part in "01"
        )
        try:
            date = parse_date(day)
            moment = parse_time(clock) or default
        except ValueError:  # well formed, but there is no such day or hour
            return None
        return datetime.combine(date, moment, tzinfo=UTC) if date else None
