"""WSGI entry: `gunicorn closedloop.wsgi`."""

import os

from django.apps import apps
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from closedloop.databases import hasten

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
# A process that was made for something else keeps its patience: only tests import this later.
if not apps.ready:
    hasten(settings.DATABASES["default"], settings.WEB_DATABASE_TIMEOUT_S)

application = get_wsgi_application()
