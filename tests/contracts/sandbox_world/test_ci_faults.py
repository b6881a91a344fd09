from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

POISON = "the moon is made of cheese"
ALL_GREEN = {"lint": "success", "smoke": "success", "openapi": "success"}
RUN_OF = """query($id: ID!) { node(id: $id) { ... on PullRequest { statusCheckRollup {
  contexts(first: 9) { nodes { ... on CheckRun { name databaseId detailsUrl
    checkSuite { workflowRun { databaseId } } } } } } } } }"""


def proposed(world: Sandbox, branch: str, answer: str) -> dict[str, Any]:
    return world.propose(branch, {FAQ: world.text() + f"\n### What of {branch}?\n\nSo {answer}.\n"})


def verdict(world: Sandbox, branch: str, answer: str) -> dict[str, str]:
    return world.verdict(proposed(world, branch, answer)["head"]["sha"])


def rewritten(world: Sandbox, branch: str, text: str) -> str:
    old = world.rest("GET", f"/repos/{REPO}/contents/{FAQ}?ref={branch}")
    body = {"message": "Mend it", "branch": branch, "sha": old["sha"]}
    world.rest("PUT", f"/repos/{REPO}/contents/{FAQ}", content=b64encode(text.encode()).decode(), **body)
    return world.head(branch)


def again(world: Sandbox, path: str) -> int:
    return world.http.post(f"/api/v3/repos/{REPO}/actions/{path}").status_code


def test_what_holds_the_text_is_red_and_nothing_else_for_as_long_as_it_is_armed(world: Sandbox):
    world.arm("red_ci", check="smoke", text=POISON)
    red = ALL_GREEN | {"smoke": "failure"}
    assert verdict(world, "poison/one", POISON) == red
    assert verdict(world, "poison/clean", "it is") == ALL_GREEN
    assert verdict(world, "poison/two", f"{POISON} twice") == red
    mended = rewritten(world, "poison/one", world.text() + "\n### What now?\n\nIt is mended.\n")
    assert world.verdict(mended) == ALL_GREEN


def test_a_text_in_a_file_that_did_not_change_harms_nobody(world: Sandbox):
    world.arm("red_ci", text=world.text("README.md").splitlines()[0])
    assert verdict(world, "poison/elsewhere", "what") == ALL_GREEN


def test_a_flaky_check_is_green_when_its_job_runs_again(world: Sandbox):
    world.arm("flaky_ci", check="lint", branch="flaky/job", times=None)
    pull = proposed(world, "flaky/job", "be it")
    sha = pull["head"]["sha"]
    assert world.verdict(sha) == ALL_GREEN | {"lint": "failure"}
    first = world.runs(sha)
    assert again(world, f"jobs/{first['lint']['id']}/rerun") == 201
    assert world.verdict(sha) == ALL_GREEN
    assert {name: run["id"] == first[name]["id"] for name, run in world.runs(sha).items()} == {
        "lint": False,
        "smoke": True,
        "openapi": True,
    }


def test_failed_jobs_of_a_run_run_again_together(world: Sandbox):
    world.arm("flaky_ci", text="hazy")
    pull = proposed(world, "flaky/run", "hazy it is")
    sha = pull["head"]["sha"]
    assert set(world.verdict(sha).values()) == {"failure"}
    rollup = world.graphql(RUN_OF, id=pull["node_id"])["node"]["statusCheckRollup"]
    one = rollup["contexts"]["nodes"][0]
    run = one["checkSuite"]["workflowRun"]["databaseId"]
    assert one["detailsUrl"].endswith(f"/actions/runs/{run}/job/{one['databaseId']}")
    assert world.http.get(one["detailsUrl"]).status_code == 200
    assert again(world, f"runs/{run}/rerun-failed-jobs") == 201
    assert world.verdict(sha) == ALL_GREEN


def test_what_was_turned_red_stays_red_when_it_runs_again(world: Sandbox):
    world.arm("red_ci", check="lint", branch="red/again")
    sha = proposed(world, "red/again", "red it is")["head"]["sha"]
    assert world.verdict(sha) == ALL_GREEN | {"lint": "failure"}
    first = world.runs(sha)["lint"]["id"]
    assert again(world, f"jobs/{first}/rerun") == 201
    eventually(lambda: world.runs(sha)["lint"]["id"] != first)
    assert world.verdict(sha) == ALL_GREEN | {"lint": "failure"}


def test_a_run_under_way_is_not_run_again(world: Sandbox):
    world.arm("slow_ci", delay_ms=60_000)
    sha = proposed(world, "flaky/early", "early")["head"]["sha"]
    run = world.runs(sha)["lint"]
    answer = world.http.post(f"/api/v3/repos/{REPO}/actions/jobs/{run['id']}/rerun")
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "The workflow run containing this job is already running",
    )
    assert again(world, f"runs/{run['check_suite']['id']}/rerun") == 403


def test_a_whole_run_runs_again(world: Sandbox):
    sha = proposed(world, "hotfix/again", "again")["head"]["sha"]
    before = world.verdict(sha)
    run = world.runs(sha)["lint"]
    assert again(world, f"runs/{run['check_suite']['id']}/rerun") == 201
    eventually(lambda: world.runs(sha)["lint"]["id"] != run["id"])
    assert world.verdict(sha) == before


def test_another_apps_check_is_no_job(world: Sandbox):
    assert again(world, "jobs/1/rerun") == 404


def test_slow_runs_wait_side_by_side_for_as_long_as_told(world: Sandbox):
    world.arm("slow_ci", delay_ms=800, branch="slow/*", times=None)
    shas = [proposed(world, f"slow/{number}", f"{number}")["head"]["sha"] for number in range(3)]
    for sha in shas:
        assert world.verdict(sha) == ALL_GREEN
    names = {f"{REPO}@{sha[:7]} {job}" for sha in shas for job in ALL_GREEN}
    spans = [one for one in world.http.get("/_sandbox/log").json() if one["name"] in names]
    assert len(spans) == 9
    assert min(one["ended"] - one["started"] for one in spans) >= 0.8
    assert max(one["started"] for one in spans) < min(one["ended"] for one in spans)
