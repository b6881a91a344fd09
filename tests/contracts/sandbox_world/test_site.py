from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

SITE = f"/sites/{REPO}"


def test_the_seeded_site_is_live_from_the_start(world: Sandbox):
    health = world.http.get(f"{SITE}/healthz")
    assert health.status_code == 200
    assert health.json()["status"] == "ok"
    assert re.fullmatch(r"[0-9a-f]{40}", health.json()["version"])
    assert "Lumen handbook" in world.http.get(f"{SITE}/").text


def test_a_merge_publishes_the_new_answer_under_a_stable_anchor(world: Sandbox):
    text = world.text() + "\n### Can I pin a note?\n\nYes, with the pin beside its title.\n"
    merged = world.merge(world.propose("site/pin", {FAQ: text}, "Answer about pins"))
    world.live(merged)
    page = world.http.get(f"{SITE}/docs/FAQ").text
    assert '<h3 id="can-i-pin-a-note">Can I pin a note?</h3>' in page
    assert merged[:10] in page


def test_a_deployment_tells_the_deploy(world: Sandbox):
    text = world.text() + "\n### Can I star a note?\n\nYes.\n"
    merged = world.merge(world.propose("site/star", {FAQ: text}))
    world.live(merged)
    [deployment] = world.rest("GET", f"/repos/{REPO}/deployments?sha={merged}")
    assert deployment["environment"] == "production"

    def told() -> list[str]:
        return [
            one["state"]
            for one in world.rest("GET", f"/repos/{REPO}/deployments/{deployment['id']}/statuses")
        ]

    assert eventually(lambda: told() == ["success", "in_progress"])


def test_raw_html_and_script_links_are_shown_as_text(world: Sandbox):
    hostile = "# Hostile\n\n<img src=x onerror=alert(1)> [here](javascript:alert(1))\n"
    pull = world.propose("site/hostile", {"docs/hostile.md": hostile})
    world.live(world.merge(pull))
    page = world.http.get(f"{SITE}/docs/hostile.html").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert 'href="javascript:' not in page


def test_links_between_documents_lead_to_pages(world: Sandbox):
    page = world.http.get(f"{SITE}/docs/integrations").text
    assert '<a href="webhooks.html">webhooks</a>' in page


def test_paths_outside_the_site_are_not_found(world: Sandbox):
    for path in ("nothing", "..%2f..%2fsandbox.sqlite3", "%2e%2e/release.json", "release.json"):
        assert world.http.get(f"{SITE}/{path}").status_code == 404
    assert world.http.get("/sites/acme/nothing/healthz").status_code == 503
