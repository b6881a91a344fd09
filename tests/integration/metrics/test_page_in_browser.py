"""The metrics page as a person sees it: playwright drives Debian's chromium."""

import os
import shutil

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from metrics_app.models import Alert
from tests.integration.metrics.believable import QUESTIONS, fill
from tests.integration.metrics.rows import settled_task

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
POLICY = "default-src 'self'"


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
def tab(chromium, live_server, request):
    """A page in its own context; anything the browser complains of fails the test."""
    context = chromium.new_context(base_url=live_server.url, **getattr(request, "param", {}))
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def strict(page):
    """Serve the page under a policy that allows our own files alone."""

    def with_policy(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": POLICY})

    page.route("**/metrics/", with_policy)


def test_the_page_is_live_under_a_strict_policy(tab):
    fill(timezone.now())
    strict(tab)
    tab.goto("/metrics/")
    expect(tab.locator("#pulse")).to_have_text("live")
    expect(tab.locator("#tasks tbody tr")).to_have_count(15)
    expect(tab.locator("#trends svg rect").first).to_be_visible()


def test_what_happens_appears_by_itself(tab):
    tab.goto("/metrics/")
    expect(tab.get_by_text("Ask the first question")).to_be_visible()
    settled_task(at=timezone.now(), tte_s=5, question=QUESTIONS[2])
    cache.clear()
    expect(tab.get_by_text(QUESTIONS[2])).to_be_visible(timeout=10_000)
    expect(tab.locator("#cards .card").first).to_contain_text("100%")


def test_focus_stays_while_sections_change(tab):
    fill(timezone.now())
    tab.goto("/metrics/")
    link = tab.locator("#tasks a").first
    link.focus()
    address = link.get_attribute("href")
    Alert.objects.all().delete()
    settled_task(at=timezone.now(), tte_s=5, question="Newest?")
    cache.clear()
    expect(tab.get_by_text("Newest?")).to_be_visible(timeout=10_000)
    assert tab.evaluate("document.activeElement.getAttribute('href')") == address


def test_a_server_that_is_away_is_said_so(tab):
    tab.goto("/metrics/")
    expect(tab.locator("#pulse")).to_have_text("live")
    tab.route("**/metrics/live", lambda route: route.fulfill(status=204))
    expect(tab.locator("#pulse")).to_have_text("no answer, trying again", timeout=10_000)


SCREENS = [
    pytest.param(
        {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}, id=f"{scheme}-{width}"
    )
    for width in (360, 1280)
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize("tab", SCREENS, indirect=True)
def test_it_fits_every_screen(tab):
    fill(timezone.now())
    tab.goto("/metrics/")
    expect(tab.locator("#pulse")).to_have_text("live")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.evaluate(overflow) == 0
    if folder := os.environ.get("SCREENSHOTS"):
        size = tab.viewport_size["width"]
        scheme = "dark" if tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
        tab.screenshot(path=f"{folder}/metrics-{scheme}-{size}.png", full_page=True)
