import pytest
from github import GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.server import eventually
from tests.contracts.sandbox_forge.steps import call, refusal, tip


def test_a_deployment_and_its_statuses(repo: Repository):
    made = repo.create_deployment("main", environment="qa", description="Go", required_contexts=[])
    assert (made.sha, made.ref, made.environment) == (tip(repo), "main", "qa")
    made.create_status("in_progress", description="Building")
    made.create_status("success", environment_url="http://localhost/site")
    assert [one.state for one in made.get_statuses()] == ["success", "in_progress"]
    assert [one.id for one in repo.get_deployments(environment="qa")] == [made.id]
    assert [one.id for one in repo.get_deployments(environment="staging")] == []


def test_a_deployment_is_read_and_deleted_unless_active(repo: Repository):
    made = repo.create_deployment("main", environment="qa", required_contexts=[])
    status = made.create_status("queued")
    assert repo.get_deployment(made.id).get_status(status.id).state == "queued"
    path = f"deployments/{made.id}"
    made.create_status("success")
    assert refusal(call, repo, "DELETE", path)[0] == 422
    made.create_status("inactive")
    call(repo, "DELETE", path)
    assert refusal(repo.get_deployment, made.id)[0] == 404


def test_a_later_success_makes_an_earlier_staging_deployment_inactive(repo: Repository):
    first, second = (repo.create_deployment("main", environment="staging") for _ in range(2))
    first.create_status("success")
    second.create_status("success")
    assert next(iter(first.get_statuses())).state == "inactive"


def test_a_deployment_of_a_missing_ref_is_refused(repo: Repository):
    assert refusal(repo.create_deployment, "gone")[0] == 422


def test_a_deployment_waits_for_its_contexts(repo: Repository):
    repo.get_commit(tip(repo)).create_status("pending", context="ci")
    assert refusal(repo.create_deployment, "main")[0] == 409


def test_an_unknown_state_is_refused(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.create_deployment("main").create_status("splendid")
    assert refused.value.status == 422


def test_a_release_makes_its_tag(repo: Repository):
    release = repo.create_git_release("v1.0.0", "First", "Notes 文")
    assert [one.name for one in repo.get_tags()] == ["v1.0.0"]
    assert (repo.get_latest_release().id, repo.get_release("v1.0.0").name) == (release.id, "First")
    assert repo.get_release(release.id).body == "Notes 文"
    assert refusal(repo.create_git_release, "v1.0.0", "Again", "")[0] == 422
    release.delete_release()
    assert list(repo.get_releases()) == []


def test_a_hook_is_made_changed_and_deleted(repo: Repository):
    config = {"url": "http://127.0.0.1:9/hook", "content_type": "json", "secret": "hush"}
    hook = repo.create_hook("web", config, ["push", "pull_request"], active=False)
    assert (hook.config["secret"], hook.events, hook.active) == ("********", ["push", "pull_request"], False)
    hook.edit("web", config, events=["push"], active=False)
    assert repo.get_hook(hook.id).events == ["push"]
    assert refusal(repo.create_hook, "web", config)[0] == 422
    hook.delete()
    assert list(repo.get_hooks()) == []


def test_deliveries_are_listed_read_and_repeated(repo: Repository):
    config = {"url": "http://127.0.0.1:9/nobody-listens", "content_type": "json"}
    hook = repo.create_hook("web", config, ["push"])
    hook.ping()
    first = eventually(lambda: next(iter(repo.get_hook_deliveries(hook.id)), None))
    whole = repo.get_hook_delivery(hook.id, first.raw_data["id"])
    assert (whole.event, whole.redelivery) == ("ping", False)
    call(repo, "POST", f"hooks/{hook.id}/deliveries/{first.id}/attempts")
    repeated = eventually(lambda: [one for one in repo.get_hook_deliveries(hook.id) if one.redelivery])
    assert repeated[0].guid == first.guid


def test_a_hook_needs_an_address(repo: Repository):
    assert refusal(repo.create_hook, "web", {"url": "nowhere"})[0] == 422


def test_hooks_are_hidden_from_a_token_without_the_permission(repo: Repository, tokens: Tokens):
    weak = tokens.client("acme-bot", permissions={"contents": "write"}).get_repo(repo.full_name)
    with pytest.raises(GithubException) as refused:
        list(weak.get_hooks())
    assert refused.value.status == 403
