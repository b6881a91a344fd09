"""Pages of the list of tasks."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination


class TaskPages(PageNumberPagination):
    """`page` and `page_size`, at most 200 tasks at once."""

    page_size_query_param = "page_size"
    max_page_size = 200
