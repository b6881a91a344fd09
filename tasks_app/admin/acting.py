"""Pages that carry buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_protect

from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import badge
from closedloop.wiring import ports
from tasks_app.admin.acts import Act, Press, ReasonForm, press_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

#: Rows at most that one press from a list may be about.
_AT_ONCE = 100
_CONFIRM = "admin/closedloop/confirm.html"


class ActingAdmin(HistoryAdmin):
    """A history whose rows can be acted on."""

    acts: Sequence[Act] = ()

    def permitted(self, request: HttpRequest) -> list[Act]:
        """The acts this person may do at all."""
        return [act for act in self.acts if request.user.has_perm(act.permission)]

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The row's page with the buttons that are possible now."""
        buttons = [
            {"act": act, "address": self._address("act", row.pk, act.name)}
            for act in self.permitted(request)
            if act.is_possible(row)
        ]
        return {**super().page(request, row), "buttons": buttons}

    def get_urls(self) -> list[URLPattern]:
        """The buttons' pages before the row's own."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(csrf_protect(self.act_view))
        return [path("<path:object_id>/act/<slug:act_name>/", view, name=name), *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: str, act_name: str) -> HttpResponse:
        """Ask for a reason, then do it."""
        row = self.get_object(request, unquote(object_id))
        act = next((act for act in self.acts if act.name == act_name), None)
        if row is None or act is None:
            raise Http404
        if not (request.user.has_perm(act.permission) and self.has_view_permission(request, row)):
            raise PermissionDenied
        if not act.is_possible(row):
            self.message_user(request, f"{act.label}: not possible any more.", messages.WARNING)
            return HttpResponseRedirect(self._address("change", row.pk))
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._ask(request, act, [row], form)
        self._press(request, act, [row], form.cleaned_data["reason"])
        return HttpResponseRedirect(self._address("change", row.pk))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The same acts for many rows at once."""
        return {act.name: (_bulk(act), act.name, f"{act.label} …") for act in self.permitted(request)}

    def act_on_many(self, request: HttpRequest, act: Act, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask once for all of them, then do it; rows whose state forbids it are left out and said so."""
        rows = list(queryset[: _AT_ONCE + 1])
        if len(rows) > _AT_ONCE:
            self.message_user(request, f"Choose at most {_AT_ONCE} at once.", messages.WARNING)
            return None
        possible = [row for row in rows if act.is_possible(row)]
        if left_out := len(rows) - len(possible):
            self.message_user(request, f"{act.label}: not possible for {left_out} of them.", messages.WARNING)
        if not possible:
            return None
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, act, possible, form)
        self._press(request, act, possible, form.cleaned_data["reason"])
        return None

    def _press(self, request: HttpRequest, act: Act, rows: Sequence[Any], reason: str) -> None:
        press = Press(actor=request.user.get_username(), reason=reason, ports=ports())
        outcome = press_all(act, rows, press)
        for row in outcome.done:
            self.log_change(request, row, f"{act.done}: {reason}")
        if outcome.done:
            count = f" ({len(outcome.done)})" if len(rows) > 1 else ""
            self.message_user(request, f"{act.done}{count}.", messages.SUCCESS)
        for refusal in outcome.refusals:
            self.message_user(request, f"{act.label} was refused: {refusal}.", messages.ERROR)

    def _ask(self, request: HttpRequest, act: Act, rows: Sequence[Any], form: ReasonForm) -> HttpResponse:
        is_many = "action" in request.POST
        context = {
            **self.admin_site.each_context(request),
            "title": act.label,
            "opts": self.opts,
            "act": act,
            "rows": [self._named(row) for row in rows],
            "form": form,
            "selected": [str(row.pk) for row in rows] if is_many else [],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back": self._address("changelist") if is_many else self._address("change", rows[0].pk),
        }
        return TemplateResponse(request, _CONFIRM, context)

    def _named(self, row: Any) -> dict[str, Any]:
        return {
            "heading": self.heading(row),
            "address": self._address("change", row.pk),
            "badges": [badge(word) for word in self.badges(row, ports().clock())],
        }

    def _address(self, view: str, pk: int | str | UUID | None = None, *more: str) -> str:
        key = [] if pk is None else [quote(pk)]
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=[*key, *more])


def _bulk(act: Act) -> Any:
    def act_on_selected(
        model_admin: ActingAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return model_admin.act_on_many(request, act, queryset)

    return act_on_selected
