"""What the list of tasks can be narrowed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters

from tasks_app import selectors
from tasks_app.api.schema import STATES, STATUSES
from tasks_app.models import Task

if TYPE_CHECKING:
    from django.db.models import QuerySet


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc] # the library has no types
    """Several values of one filter are alternatives; several filters must all hold."""

    status = django_filters.MultipleChoiceFilter(choices=STATUSES)
    task_state = django_filters.MultipleChoiceFilter(field_name="state", choices=STATES)
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
    search = django_filters.CharFilter(
        method="matching", max_length=200, label="Part of the question, or a trace id."
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def matching(self, queryset: QuerySet[Task], _name: str, value: str) -> QuerySet[Task]:
        """Search in questions and trace ids."""
        return selectors.tasks_matching(value, queryset)
