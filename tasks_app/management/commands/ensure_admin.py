"""`manage.py ensure_admin`: a first administrator, so that a fresh installation can be looked at."""

import os
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

_NAME = "admin"
_VARIABLE = "ADMIN_PASSWORD"


class Command(BaseCommand):
    """Creates the superuser once; an existing user is never changed, whatever the password given."""

    help = f"Creates the superuser `{_NAME}` with the password in {_VARIABLE}, unless there is one."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print one line: `admin: created`, `kept` (that password opens it) or `other` (it does not)."""
        password = os.environ.get(_VARIABLE, "")
        if not password:
            raise CommandError(f"set {_VARIABLE} to the password that the user `{_NAME}` shall have")
        users = get_user_model().objects
        user = users.filter(username=_NAME).first()
        if user is None:
            users.create_superuser(username=_NAME, email="", password=password)
            outcome = "created"
        else:
            outcome = "kept" if user.check_password(password) else "other"
        self.stdout.write(f"{_NAME}: {outcome}")
