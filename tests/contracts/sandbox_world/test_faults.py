from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

ISSUES = f"/api/v3/repos/{REPO}/issues"
ENTRY = "\n### Is this {name}?\n\nYes, it is {name}.\n"


def titles(world: Sandbox) -> set[str]:
    return {issue["title"] for issue in world.rest("GET", f"/repos/{REPO}/issues?state=all&per_page=100")}


def proposed(world: Sandbox, name: str) -> dict[str, Any]:
    return world.propose(f"faults/{name}", {FAQ: world.text() + ENTRY.format(name=name)})


def test_a_connection_dropped_before_leaves_no_effect(world: Sandbox):
    world.arm("drop_before", route="POST /repos/*/issues")
    with pytest.raises(httpx2.TransportError):
        world.http.post(ISSUES, json={"title": "never made"})
    assert "never made" not in titles(world)


def test_a_connection_dropped_after_leaves_the_effect(world: Sandbox):
    world.arm("drop_after", route="POST /repos/*/issues")
    with pytest.raises(httpx2.TransportError):
        world.http.post(ISSUES, json={"title": "made all the same"})
    assert "made all the same" in titles(world)


def test_a_status_after_the_effect_hides_it(world: Sandbox):
    world.arm("status_after", route="POST /repos/*/issues", status=502)
    assert world.http.post(ISSUES, json={"title": "made behind a 502"}).status_code == 502
    assert "made behind a 502" in titles(world)


def test_a_status_counts_down_and_then_is_over(world: Sandbox):
    world.arm(
        "status", route="GET /repos/*/issues", status=500, times=2, body="oops", headers={"X-Test": "1"}
    )
    answers = [world.http.get(ISSUES) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert (answers[0].text, answers[0].headers["x-test"]) == ("oops", "1")
    assert world.http.get("/_sandbox/faults").json() == []


def test_a_moved_repository_is_pointed_to_by_its_number(world: Sandbox):
    world.arm("moved", route="* /repos/*/issues*", times=2)
    read = world.http.get(f"{ISSUES}?state=all", follow_redirects=False)
    written = world.http.post(ISSUES, json={"title": "not moved along"}, follow_redirects=False)
    assert (read.status_code, written.status_code) == (301, 307)
    assert read.headers["location"].endswith("/api/v3/repositories/1296269/issues?state=all")
    assert "not moved along" not in titles(world)


def test_mergeable_stays_unknown_for_as_long_as_is_wanted(world: Sandbox):
    pull = proposed(world, "slowly-judged")
    path = f"/repos/{REPO}/pulls/{pull['number']}"
    eventually(lambda: world.rest("GET", path)["mergeable"])
    world.arm("mergeable_unknown", branch="faults/*", times=2)
    looks = [world.rest("GET", path)["mergeable"] for _ in range(3)]
    assert looks == [None, None, True]


def test_limits_are_told_as_github_tells_them(world: Sandbox):
    world.arm("secondary_limit", route="POST /repos/*/issues", retry_after_s=7)
    refused = world.http.post(ISSUES, json={"title": "limited"})
    assert (refused.status_code, refused.headers["retry-after"]) == (403, "7")
    assert "secondary rate limit" in refused.json()["message"]
    world.arm("primary_limit", route="* /repos/*")
    refused = world.http.get(ISSUES)
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert int(refused.headers["x-ratelimit-reset"]) > time.time()


def test_a_delay_delays_and_still_answers(world: Sandbox):
    world.arm("delay", route="GET /sites/*", delay_ms=150)
    started = time.monotonic()
    assert world.http.get(f"/sites/{REPO}/").status_code == 200
    assert time.monotonic() - started >= 0.15


def test_red_ci_fails_the_named_check_alone(world: Sandbox):
    world.arm("red_ci", check="smoke")
    sha = proposed(world, "red")["head"]["sha"]
    assert world.verdict(sha) == {"lint": "success", "smoke": "failure", "openapi": "success"}


def test_slow_ci_keeps_checks_in_progress(world: Sandbox):
    world.arm("slow_ci", delay_ms=400, branch="faults/*")
    sha = proposed(world, "slow")["head"]["sha"]
    started = time.monotonic()
    eventually(lambda: {run["status"] for run in world.runs(sha).values()} == {"in_progress"})
    assert set(world.verdict(sha).values()) == {"success"}
    assert time.monotonic() - started > 0.3


def test_ci_that_never_reports_stays_queued(world: Sandbox):
    world.arm("ci_never")
    silent, heard = proposed(world, "silent")["head"]["sha"], proposed(world, "heard")["head"]["sha"]
    world.verdict(heard)
    assert {run["status"] for run in world.runs(silent).values()} == {"queued"}


def test_health_is_broken_as_long_as_the_next_release_is_live(world: Sandbox):
    world.arm("broken_health", release="next", status=503)
    assert world.http.get(f"/sites/{REPO}/healthz").status_code == 200
    broken = world.merge(proposed(world, "broken"))
    eventually(lambda: world.http.get(f"/sites/{REPO}/healthz").status_code == 503)
    assert world.http.get(f"/sites/{REPO}/healthz").json() == {"status": "error", "version": broken}
    mended = world.merge(proposed(world, "mended"))
    eventually(lambda: world.http.get(f"/sites/{REPO}/healthz").status_code == 200)
    assert world.health()["version"] == mended


def test_a_broken_page_leaves_health_alone(world: Sandbox):
    world.arm("broken_page", status=500)
    assert world.http.get(f"/sites/{REPO}/docs/FAQ").status_code == 500
    assert world.http.get(f"/sites/{REPO}/docs/FAQ").status_code == 200


def test_a_deploy_that_never_comes_leaves_the_old_site(world: Sandbox):
    before = world.health()["version"]
    world.arm("deploy_never")
    merged = world.merge(proposed(world, "undeployed"))
    [deployment] = world.rest("GET", f"/repos/{REPO}/deployments?sha={merged}")
    [status] = world.rest("GET", f"/repos/{REPO}/deployments/{deployment['id']}/statuses")
    assert status["state"] == "in_progress"
    assert world.health()["version"] == before
    world.live(world.merge(proposed(world, "deployed")))


def test_a_failed_deploy_is_told(world: Sandbox):
    world.arm("failed_deploy")
    merged = world.merge(proposed(world, "failing"))
    [deployment] = world.rest("GET", f"/repos/{REPO}/deployments?sha={merged}")
    path = f"/repos/{REPO}/deployments/{deployment['id']}/statuses"
    eventually(lambda: world.rest("GET", path)[0]["state"] == "failure")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nonsense"},
        {"kind": "status", "route": "nowhere"},
        {"kind": "status", "route": "GET /x", "times": 0},
        {"kind": "red_ci", "chek": "lint"},
        {"kind": "delay", "route": "GET /x", "delay_ms": "soon"},
        ["red_ci"],
    ],
)
def test_what_cannot_be_armed_is_refused(world: Sandbox, wrong: Any):
    assert world.http.post("/_sandbox/faults", json=wrong).status_code == 422
    assert world.http.get("/_sandbox/faults").json() == []


def test_faults_can_be_cleared_one_by_one(world: Sandbox):
    first, second = world.arm("red_ci", times=None), world.arm("ci_never", duration_s=60)
    assert world.http.delete(f"/_sandbox/faults/{first}").status_code == 204
    assert [fault["id"] for fault in world.http.get("/_sandbox/faults").json()] == [second]


def test_a_form_from_another_site_arms_nothing(world: Sandbox):
    answer = world.http.post(
        "/_sandbox/faults", data={"kind": "red_ci"}, headers={"Origin": "http://elsewhere.example"}
    )
    assert answer.status_code == 422
    assert world.http.post("/_sandbox/faults", data={"kind": "red_ci"}).status_code == 303
    assert len(world.http.get("/_sandbox/faults").json()) == 1
