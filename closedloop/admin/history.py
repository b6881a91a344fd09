"""Rows that only the product writes: people may look at them, search them and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, JSONField, TextField, UUIDField
from django.http import HttpResponseNotAllowed
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from closedloop.admin.html import badge, laid_out, shown
from closedloop.chapters import Badge, Chapter, Code, Fact, Link, Prose, Ref
from closedloop.wiring import ports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Field, Model
    from django.http import HttpRequest, HttpResponse

    from closedloop.chapters import Value


class HistoryAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """Read-only, for superusers too. A row's page tells its chapters."""

    list_fullwidth = True
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    actions: Sequence[Any] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the product writes history."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody rewrites it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes it."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The view permission alone: a permission to change has no meaning here."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's page."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **self.page(request, row),
            **(extra_context or {}),
            "opts": self.opts,
            "original": row,
            "title": self.opts.verbose_name,
            "has_view_permission": True,
        }
        return TemplateResponse(request, "admin/closedloop/page.html", context)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page's template shows."""
        now = ports().clock()
        chapters = self.chapters(row, now)
        return {
            "heading": self.heading(row),
            "badges": [badge(word) for word in self.badges(row, now)],
            "lead": self.lead(row, now),
            "page_links": [
                shown(link) for link in (*self.links(row), *(each for c in chapters for each in c.links))
            ],
            "chapters": laid_out(chapters),
        }

    def heading(self, row: Any) -> str:
        """What the page is about."""
        return str(row)

    def badges(self, row: Any, now: datetime) -> list[Badge]:
        """Words beside the heading."""
        return []

    def lead(self, row: Any, now: datetime) -> str:
        """One line below the heading."""
        return ""

    def links(self, row: Any) -> list[Link]:
        """Where to look further."""
        return []

    def chapters(self, row: Any, now: datetime) -> list[Chapter]:
        """By default the columns, as they are."""
        columns = (Fact(name=field.name, value=_column(field, row)) for field in self.opts.fields)
        return [Chapter(name="row", title="Columns", facts=tuple(columns))]


def _column(field: Field[Any, Any], row: Model) -> Value:
    value = getattr(row, field.attname)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(field, ForeignKey):
        target = field.remote_field.model._meta  # noqa: SLF001 - Django's documented API
        return Ref(text=str(getattr(row, field.name)), model=target.label_lower, pk=str(value))
    if isinstance(field, JSONField):
        return Code(text=json.dumps(value, ensure_ascii=False, indent=2))
    if isinstance(field, UUIDField) or field.name.endswith(("_sha", "_id", "_branch")):
        return Code(text=str(value))
    return Prose(text=str(value)) if isinstance(field, TextField) else str(value)
