from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache

from closedloop.celery import app
from closedloop.wiring import use
from tests.fakes.town import Town
from tests.integration.admin.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _plain_place(settings, tmp_path):
    # Files are served by finders here; the middleware warns about a folder that only a deployment makes.
    settings.STATIC_ROOT = str(tmp_path)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def town(transactional_db, settings) -> Iterator[Town]:
    """The loop on fakes, driven by its real services."""
    settings.GITHUB_REPO = "acme/handbook"
    settings.SITE_URL = "https://site.test/"
    settings.FAQ_PAGE_URL = "https://site.test/docs/FAQ.html"
    settings.HEALTH_URL = "https://site.test/healthz"
    app.loader.import_default_modules()
    town = Town()
    with use(town.ports, everywhere=True):
        yield town


@pytest.fixture
def olga(transactional_db) -> Desk:
    """An administrator at her desk."""
    return Desk(User.objects.create_superuser("olga", "", "pw"))


@pytest.fixture
def staff(transactional_db) -> Callable[..., Desk]:
    """Somebody with just these permissions: `staff("tasks_app.view_task")`."""

    def hired(*permissions: str) -> Desk:
        user = User.objects.create_user("sam", "", "pw", is_staff=True)
        for name in permissions:
            app_label, _, codename = name.partition(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app_label, codename=codename)
            )
        return Desk(user)

    return hired


@pytest.fixture
def done(town):
    """A task whose change is live and verified."""
    task_id = town.ask()
    town.settle()
    return task_id
