"""ASGI entry: `uvicorn closedloop.asgi:application`."""

import os

from django.apps import apps
from django.conf import settings
from django.core.asgi import get_asgi_application

from closedloop.databases import hasten

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
# A process that was made for something else keeps its patience: only tests import this later.
if not apps.ready:
    hasten(settings.DATABASES["default"], settings.WEB_DATABASE_TIMEOUT_S)
_django = get_asgi_application()

from closedloop.body_limit import BodyLimit  # noqa: E402 - reads settings
from closedloop.lifespan import Lifespan  # noqa: E402

application = Lifespan(BodyLimit(_django))  # type: ignore[arg-type] # Django types its scope as a plain dict
