"""ASGI entry: `uvicorn closedloop.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
_django = get_asgi_application()

from closedloop.body_limit import BodyLimit  # noqa: E402 - reads settings

application = BodyLimit(_django)  # type: ignore[arg-type] # Django types its scope as a plain dict
