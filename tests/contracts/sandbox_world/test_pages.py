from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

HOSTILE = "<script>alert(1)</script> & <b>bold</b>"


def test_the_overview_shows_what_happened(world: Sandbox):
    pull = world.propose(
        "pages/seen", {FAQ: world.text() + "\n### Is it seen?\n\nYes.\n"}, "Show this on the page"
    )
    world.live(world.merge(pull))
    world.arm("red_ci", check="smoke", times=3)
    world.chat(messages=[{"role": "user", "content": "Is the overview a good place to look?"}])
    page = world.http.get("/").text
    for wanted in (
        "Show this on the page",
        "merged",
        "red_ci",
        "Is the overview a good place",
        world.head()[:7],
    ):
        assert wanted in page


def test_a_pull_request_page_shows_checks_commits_and_diff(world: Sandbox):
    pull = world.propose("pages/diff", {FAQ: world.text() + "\n### Is there a diff?\n\nYes, a green line.\n"})
    world.verdict(pull["head"]["sha"])
    page = world.http.get(f"/{REPO}/pull/{pull['number']}").text
    assert '<span class="add">+Yes, a green line.</span>' in page
    assert page.count('<span class="pill good">success</span>') == 3
    assert world.http.get(pull["html_url"]).status_code == 200


def test_links_that_the_api_hands_out_lead_to_pages(world: Sandbox):
    pull = world.propose("pages/links", {FAQ: world.text() + "\n### Do links work?\n\nYes.\n"})
    world.verdict(pull["head"]["sha"])
    run = world.runs(pull["head"]["sha"])["lint"]
    commit = world.rest("GET", f"/repos/{REPO}/commits/{pull['head']['sha']}")
    issue = world.rest("POST", f"/repos/{REPO}/issues", title="A question", body="**Why?**")
    faq = world.rest("GET", f"/repos/{REPO}/contents/{FAQ}")
    for url in (run["html_url"], commit["html_url"], issue["html_url"], faq["html_url"], f"/{REPO}"):
        assert world.http.get(url).status_code == 200
    assert "docs/FAQ.md: 0 problem(s)" in world.http.get(run["html_url"]).text
    assert "<strong>Why?</strong>" in world.http.get(issue["html_url"]).text


def test_what_strangers_write_is_escaped_everywhere(world: Sandbox):
    world.commit("pages/hostile", {"docs/<i>x.md": f"# {HOSTILE}\n"}, HOSTILE)
    pull = world.rest(
        "POST", f"/repos/{REPO}/pulls", title=HOSTILE, body=HOSTILE, head="pages/hostile", base="main"
    )
    issue = world.rest("POST", f"/repos/{REPO}/issues", title=HOSTILE, body=HOSTILE)
    world.http.post("/services/T/B/X", json={"text": HOSTILE})
    world.chat(messages=[{"role": "user", "content": HOSTILE}])
    for path in (
        "/",
        pull["html_url"],
        issue["html_url"],
        f"/{REPO}",
        f"/{REPO}/commit/{pull['head']['sha']}",
    ):
        page = world.http.get(path)
        assert "<script" not in page.text
        assert "<b>bold" not in page.text
        assert "<i>x" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_pages_load_nothing_from_elsewhere(world: Sandbox):
    page = world.http.get("/").text
    assert not re.search(r"(?:src|@import|<link)[ =]", page)


def test_the_buttons_of_the_page_arm_and_clear(world: Sandbox):
    buttons = re.findall(
        r'<form method="post" action="/_sandbox/faults">(.*?)</form>', world.http.get("/").text
    )
    filled = [
        dict(re.findall(r'name="(\w+)" value="([^"]*)"', fields)) for fields in buttons if "hidden" in fields
    ]
    for given in filled:
        assert world.http.post("/_sandbox/faults", data=given).status_code == 303
    assert len(world.http.get("/_sandbox/faults").json()) == len(filled) >= 10
    assert world.http.post("/_sandbox/faults/clear").status_code == 303
    assert world.http.get("/_sandbox/faults").json() == []


@pytest.mark.parametrize(
    "path", ["/nobody/nothing", f"/{REPO}/pull/99999", f"/{REPO}/blob/main/none", f"/{REPO}/runs/9"]
)
def test_what_is_not_there_is_not_found(world: Sandbox, path: str):
    assert world.http.get(path).status_code == 404
