"""`python -m scripts.local.prepare`: bring the database up to date and make sure of the user `admin`.

One process instead of two `manage.py` calls, because starting Django is most of what either costs.
The last line printed says whether the password is the expected one: `admin: created`, `kept` or `other`.
"""

import os
import sys

import django
from django.core.management import call_command
from django.db import OperationalError


def main() -> None:
    """Migrate, then look after the administrator."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=1)
    except OperationalError as error:
        sys.exit(" ".join(str(error).split()))  # the server is away or refuses: its own words, on one line
    call_command("ensure_admin")


if __name__ == "__main__":
    main()
