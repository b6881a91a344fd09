from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def ensure_admin() -> str:
    out = StringIO()
    call_command("ensure_admin", stdout=out)
    return out.getvalue()


def test_the_first_call_creates_a_superuser_and_later_ones_keep_it(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "a long word")
    assert [ensure_admin(), ensure_admin()] == ["admin: created\n", "admin: kept\n"]
    admin = get_user_model().objects.get()
    assert (admin.username, admin.is_superuser, admin.check_password("a long word")) == ("admin", True, True)


def test_an_existing_password_is_never_replaced(monkeypatch):
    get_user_model().objects.create_superuser("admin", "", "chosen before")
    monkeypatch.setenv("ADMIN_PASSWORD", "another")
    assert ensure_admin() == "admin: other\n"
    assert get_user_model().objects.get().check_password("chosen before")


def test_without_a_password_nothing_is_created(monkeypatch):
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="set ADMIN_PASSWORD"):
        ensure_admin()
    assert not get_user_model().objects.exists()
