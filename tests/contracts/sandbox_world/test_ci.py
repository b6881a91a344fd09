from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox


def entry(name: str) -> str:
    """An entry of its own for each test: equal commits made in one second would be one commit."""
    return f"\n### Can I print {name}?\n\nYes, from the menu of the note.\n"


def test_a_good_change_turns_green_by_the_repositorys_own_checks(world: Sandbox):
    pull = world.propose("ci/good", {FAQ: world.text() + entry("ci/good")})
    sha = pull["head"]["sha"]
    assert world.verdict(sha) == {"lint": "success", "smoke": "success", "openapi": "success"}
    run = world.runs(sha)["lint"]
    assert run["app"]["slug"] == "github-actions"
    assert "docs/FAQ.md: 0 problem(s)" in run["output"]["summary"]


@pytest.mark.parametrize(
    ("name", "broken", "reason"),
    [
        ("html", "\n### Is this safe?\n\n<script>alert(1)</script>\n", "raw HTML"),
        ("twice", "\n### Can I get a refund?\n\nYes.\n", "a heading that is there already"),
        ("silent", "\n### Is there an answer?\n", "a question without an answer"),
        ("blank", "\n### Is this tidy?\n\nNo. \n", "blanks at the end of the line"),
        ("bidi", "\n### Is this seen?\n\nNo\u202e.\n", "a tab, control or direction character"),
        ("deep", "\n#### Too deep?\n\nYes.\n", "deeper than a question"),
    ],
)
def test_a_broken_faq_turns_lint_red_and_says_why(world: Sandbox, name: str, broken: str, reason: str):
    pull = world.propose(f"ci/{name}", {FAQ: world.text() + broken})
    sha = pull["head"]["sha"]
    assert world.verdict(sha)["lint"] == "failure"
    assert reason in world.runs(sha)["lint"]["output"]["summary"]


def test_a_dead_link_turns_smoke_red(world: Sandbox):
    text = world.text() + "\n### Where is it?\n\nSee [there](nowhere.md).\n"
    sha = world.propose("ci/link", {FAQ: text})["head"]["sha"]
    assert world.verdict(sha) == {"lint": "success", "smoke": "failure", "openapi": "success"}


def test_a_wrong_api_description_turns_openapi_red(world: Sandbox):
    sha = world.propose("ci/openapi", {"openapi.json": '{"openapi": "3.1.0", "info": {}}'})["head"]["sha"]
    assert world.verdict(sha)["openapi"] == "failure"


def test_a_red_pull_request_cannot_be_merged(world: Sandbox):
    pull = world.propose("ci/red", {FAQ: "nothing"})
    world.verdict(pull["head"]["sha"])
    answer = world.http.put(
        f"/api/v3/repos/{REPO}/pulls/{pull['number']}/merge", json={"merge_method": "squash"}
    )
    assert answer.status_code == 405
    assert "required status checks have not succeeded" in answer.text


def test_a_hotfix_runs_what_main_requires_and_no_more(world: Sandbox):
    sha = world.propose("hotfix/rollback-1", {FAQ: world.text() + entry("hotfix/rollback-1")})["head"]["sha"]
    assert world.verdict(sha) == {"lint": "success", "smoke": "success", "openapi": "skipped"}


def test_skip_ci_in_the_message_starts_nothing(world: Sandbox):
    sha = world.commit("ci/skipped", {FAQ: world.text() + entry("ci/skipped")}, "Change it [skip ci]")
    world.rest("POST", f"/repos/{REPO}/pulls", title="Skipped", head="ci/skipped", base="main")
    assert world.runs(sha) == {}


def test_a_new_head_is_checked_again(world: Sandbox):
    pull = world.propose("ci/again", {FAQ: "broken"})
    assert world.verdict(pull["head"]["sha"])["lint"] == "failure"
    world.rest("PUT", f"/repos/{REPO}/contents/{FAQ}", **_fix(world, "ci/again"))
    assert world.verdict(world.head("ci/again"))["lint"] == "success"


def test_checks_are_queued_before_the_pull_request_is_answered_and_run_side_by_side(world: Sandbox):
    sha = world.propose("ci/fast", {FAQ: world.text() + entry("ci/fast")})["head"]["sha"]
    assert set(world.runs(sha)) == {"lint", "smoke", "openapi"}
    world.verdict(sha)
    log = world.http.get("/_sandbox/log").json()
    spans = [one for one in log if one["kind"] == "ci" and sha[:7] in one["name"]]
    assert len(spans) == 3
    assert max(one["started"] for one in spans) < min(one["ended"] for one in spans)


def test_a_check_can_be_run_again(world: Sandbox):
    sha = world.propose("ci/rerun", {FAQ: world.text() + entry("ci/rerun")})["head"]["sha"]
    world.verdict(sha)
    first = world.runs(sha)["lint"]
    world.rest("POST", f"/repos/{REPO}/check-runs/{first['id']}/rerequest")
    eventually(lambda: world.runs(sha)["lint"]["id"] != first["id"])
    assert world.verdict(sha)["lint"] == "success"


def _fix(world: Sandbox, branch: str) -> dict[str, str]:
    old = world.rest("GET", f"/repos/{REPO}/contents/{FAQ}?ref={branch}")
    content = b64encode((world.text() + entry(branch)).encode()).decode()
    return {"message": "Mend it", "branch": branch, "sha": old["sha"], "content": content}
