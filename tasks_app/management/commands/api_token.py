"""`manage.py api_token NAME`: a token for a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management.base import BaseCommand
from rest_framework.authtoken.models import Token

if TYPE_CHECKING:
    from argparse import ArgumentParser

#: What the API can do to tasks; a token that shall do less is narrowed in the admin.
_ACTS = ["retry_task", "cancel_task", "roll_back"]


class Command(BaseCommand):
    """Print the token of a user, who is made without a password if there is none of that name."""

    help = "Print an API token; its owner's name stands in the audit of what is done with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the owner's name."""
        parser.add_argument("name", help="who acts, for example deploy-bot")
        parser.add_argument("--renew", action="store_true", help="replace the present token at once")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Find or make the user and print the token alone."""
        users = get_user_model()
        user, is_new = users.objects.get_or_create(**{users.USERNAME_FIELD: options["name"]})
        if is_new:
            user.set_unusable_password()
            user.save()
            user.user_permissions.set(Permission.objects.filter(codename__in=_ACTS))
        if options["renew"]:
            Token.objects.filter(user=user).delete()
        token, _ = Token.objects.get_or_create(user=user)
        self.stdout.write(token.key)
