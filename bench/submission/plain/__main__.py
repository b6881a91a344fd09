"""`python -m bench.submission.plain` makes the plain project's one table."""

from __future__ import annotations

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.submission.plain.settings"
django.setup()

from django.db import connection  # noqa: E402 - after setup

from bench.submission.plain.models import Task  # noqa: E402 - after setup

with connection.schema_editor() as editor:
    editor.create_model(Task)
