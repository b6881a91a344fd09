"""The metrics page, without a browser."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from tasks_app.models import DurationSample, Lane, Task
from tests.integration.metrics.believable import fill
from tests.integration.metrics.rows import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
STATIC = Path(__file__).parents[3] / "static" / "metrics"


def text_of(client, address="/metrics/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_installation_says_what_to_do_first(client):
    shown = text_of(client)
    assert "Ask the first question" in shown
    assert "No worker has reported" in shown


@pytest.mark.parametrize("told", ["acme/handbook", ""])
def test_what_was_learnt_is_shown_and_how_well_ends_were_predicted(client, settings, told):
    """A web process may not be told the repository; then it is the one that workers write to."""
    settings.GITHUB_REPO = told
    fill(NOON)
    Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    for name, subject in (("lint", "check"), ("awaiting_ci", "stage")):
        row = {
            "repo": "acme/handbook",
            "subject": subject,
            "name": name,
            "took": timedelta(seconds=21),
            "at": NOON,
        }
        DurationSample.objects.bulk_create([DurationSample(**row)] * 3)
    Task.objects.filter(state="done").update(promised_at=F("settled_at") - timedelta(seconds=4))
    shown = re.sub(r"<[^>]+>|\s+", " ", text_of(client))
    assert re.search(r"lint \s*21\.0 s", shown)
    assert re.search(r"waiting for CI|awaiting ci \s*21\.0 s", shown)
    assert "off by 4.0 s" in shown


def test_strangers_words_are_shown_and_never_run(client):
    fill(NOON)
    shown = text_of(client)
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown


def test_nothing_is_inline_so_that_a_strict_policy_holds(client):
    fill(NOON)
    shown = text_of(client)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", shown)


def test_an_address_that_is_no_web_address_is_no_link(client):
    fill(NOON)
    Task.objects.update(pr_url="javascript:alert(1)")
    assert "javascript:" not in text_of(client)


def test_the_cards_say_what_the_figures_say(client):
    fill(NOON)
    figures = client.get("/api/metrics/agent").json()
    shown = text_of(client)
    assert f"{figures['success_rate_percent']:g}<span" in shown
    assert f"{figures['tte_ms']['p95'] / 1000:.1f} s" in shown


def test_the_live_part_has_every_section_of_the_page(client):
    fill(NOON)
    sections = re.findall(r'<section id="(\w+)"', text_of(client))
    assert sections == re.findall(r'<section id="(\w+)"', text_of(client, "/metrics/live"))
    assert len(sections) == 9


@pytest.mark.parametrize("address", ["/metrics/", "/metrics/live"])
def test_outside_a_developers_machine_the_page_is_for_staff(client, admin_client, settings, address):
    settings.ENV = "production"
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={address}")
    assert admin_client.get(address).status_code == 200


def test_the_front_door_leads_to_the_page(client):
    assert client.get("/")["Location"] == "/metrics/"


def test_the_script_depends_on_nothing():
    assert not re.search(r"\b(import|require)\b|https?://", (STATIC / "live.js").read_text(encoding="utf-8"))
