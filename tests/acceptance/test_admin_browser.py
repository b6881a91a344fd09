"""The admin as an operator meets it: playwright drives Debian's chromium against the loop on fakes."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect, sync_playwright

from closedloop.celery import app
from closedloop.wiring import use
from rollback_app.models import Rollback
from tasks_app.models import Task
from tasks_app.services import required
from tests.fakes.town import QUESTION, Town

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Collected static files exist in deployments only; here finders serve them.
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium():
    """The browser. Playwright's loop runs in this thread, where Django would refuse a test's queries."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("CI must have a chromium binary on its path")
    if path is None:
        pytest.skip("no chromium on the path: install it (Debian: apt install chromium) to run browser tests")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def town(settings):
    settings.GITHUB_REPO = "acme/handbook"
    settings.SITE_URL = "https://site.test/"
    settings.HEALTH_URL = "https://site.test/healthz"
    app.loader.import_default_modules()
    required.forget()
    town = Town()
    with use(town.ports, everywhere=True):
        yield town


@pytest.fixture
def done(town):
    task_id = town.ask()
    town.settle()
    return task_id


@pytest.fixture
def tab(chromium, live_server, request):
    """A logged-in operator's page; anything the browser complains of fails the test."""
    User.objects.create_superuser("olga", "", "pw")
    context = chromium.new_context(base_url=live_server.url, **getattr(request, "param", {}))
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/admin/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").fill("pw")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    yield page
    context.close()
    assert complaints == []


def badge(tab):
    return tab.locator(".cl-words .cl-badge").first


def test_an_operator_finds_a_task_and_takes_it_back(tab, town, done):
    tab.get_by_role("searchbox", name="Find a task").fill(str(done)[:8])
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name=QUESTION).click()
    expect(badge(tab)).to_have_text("done")
    tab.get_by_role("link", name="Roll back").click()
    tab.get_by_label("Reason").fill("the answer is wrong")
    tab.get_by_role("button", name="Roll back").click()
    expect(tab.get_by_text("Rollback started.")).to_be_visible()
    town.settle()
    tab.reload()
    expect(badge(tab)).to_have_text("rolled back")
    expect(tab.locator("#audit")).to_contain_text("the answer is wrong")
    assert (Rollback.objects.get().actor, Task.objects.get().state) == ("olga", "rolled_back")


def test_an_empty_reason_is_asked_for_again(tab, done):
    tab.goto(f"/admin/tasks_app/task/{done}/act/roll_back/")
    tab.get_by_role("button", name="Roll back").click()
    expect(tab.get_by_role("alert")).to_have_text("This field is required.")
    assert Task.objects.get().state == "done"


def test_many_are_cancelled_from_the_list(tab, town):
    town.courier.loses_everything = True
    ids = [town.ask(), town.ask("What does an export hold?")]
    tab.goto("/admin/tasks_app/task/")
    for pk in ids:
        tab.locator(f'input[name="_selected_action"][value="{pk}"]').check()
    tab.locator('select[name="action"]').select_option("cancel")
    tab.get_by_role("button", name="Run").click()
    tab.get_by_label("Reason").fill("asked by mistake")
    tab.get_by_role("button", name="Cancel").click()
    expect(tab.get_by_text("Cancelled (2).")).to_be_visible()
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}


def test_an_open_tasks_page_shows_what_happens_by_itself(tab, town):
    town.courier.loses_everything = True
    pk = town.ask()
    tab.goto(f"/admin/tasks_app/task/{pk}/change/")
    expect(badge(tab)).to_have_text("queued")
    town.courier.loses_everything = False
    town.settle()
    expect(badge(tab)).to_have_text("done", timeout=15_000)


def test_a_script_in_a_question_never_runs(tab, town):
    town.courier.loses_everything = True
    pk = town.ask("<img src=x onerror=document.title='taken'><script>document.title='taken'</script> limit?")
    for address in ("/admin/", "/admin/tasks_app/task/", f"/admin/tasks_app/task/{pk}/change/"):
        tab.goto(address)
        expect(tab.get_by_text("<script>").first).to_be_visible()
        expect(tab).not_to_have_title("taken")


SCREENS = [
    pytest.param(
        {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}, id=f"{scheme}-{width}"
    )
    for width in (390, 1440)
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize("tab", SCREENS, indirect=True)
def test_it_fits_every_screen(tab, done):
    pages = {
        "index": "/admin/",
        "list": "/admin/tasks_app/task/",
        "task": f"/admin/tasks_app/task/{done}/change/",
    }
    for name, address in pages.items():
        tab.goto(address)
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert tab.evaluate(overflow) == 0, name
        is_dark = tab.evaluate("document.documentElement.classList.contains('dark')")
        if folder := os.environ.get("SCREENSHOTS"):
            look = "dark" if is_dark else "light"
            tab.screenshot(
                path=f"{folder}/admin-{name}-{look}-{tab.viewport_size['width']}.png", full_page=True
            )
