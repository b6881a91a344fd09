"""People, groups and API tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.html import format_html
from rest_framework.authtoken.models import Token, TokenProxy
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from closedloop.admin.html import shown
from closedloop.chapters import Code

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

for model in (User, Group, TokenProxy):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg] # unfold ships no types
    """Django's, in the admin's look."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """Django's, in the admin's look."""


@admin.register(TokenProxy)
class TokenAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """API tokens: made and revoked; a key is shown once, when it is made.

    A `TokenProxy` goes by its user's id in addresses, so that the key stands in none.
    """

    list_display = ("masked", "user", "created", "revoke")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)
    fields = ("user",)
    ordering = ("-created",)
    actions = None

    @admin.display(description="token")
    def masked(self, token: Any) -> SafeString:
        """Enough to tell two apart."""
        return shown(Code(text=_masked(token)))

    @admin.display(description="")
    def revoke(self, token: Any) -> SafeString:
        """Where it is taken away."""
        address = reverse("admin:authtoken_tokenproxy_delete", args=[token.user_id])
        return format_html('<a class="cl-link" href="{}">revoke</a>', address)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """By the user's id."""
        is_id = object_id.isdecimal()
        return self.get_queryset(request).filter(user_id=object_id).first() if is_id else None

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """By its key, which is what the table goes by."""
        Token.objects.filter(key=obj.key).delete()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Ask without showing the key."""
        token = self.get_object(request, object_id)
        context = {"object": _Nameless(token)} if token else {}
        return super().delete_view(request, object_id, {**context, **(extra_context or {})})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes, without showing the key."""
        return [_masked(token) for token in objs], {"tokens": len(objs)}, set(), []

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The list alone: a token's own page would name its key."""
        return obj is None and bool(super().has_view_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token is replaced, not changed."""
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Written down without the key: the log outlives it."""
        return _log(request, [obj], ADDITION, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Written down without the key."""
        return _log(request, queryset, DELETION, [])


class _Nameless:
    """A token as the page that asks about its end may see it."""

    def __init__(self, token: Any) -> None:
        self._meta = token._meta  # noqa: SLF001 - Django's documented API
        self.pk = token.user_id
        self.name = _masked(token)

    def __str__(self) -> str:
        return self.name


def _masked(token: Any) -> str:
    return f"{token.key[:4]}…"


def _log(request: HttpRequest, tokens: Any, flag: int, message: Any) -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(TokenProxy, for_concrete_model=False)
    return [
        LogEntry.objects.create(
            user=cast("User", request.user), content_type=kind, object_id=str(token.pk), action_flag=flag,
            object_repr=f"API token of {token.user}", change_message=json.dumps(message),
        )
        for token in tokens
    ]  # fmt: skip
