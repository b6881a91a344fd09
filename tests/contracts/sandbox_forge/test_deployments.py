import pytest
from github import GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.steps import refusal, tip


def test_a_deployment_and_its_statuses(repo: Repository):
    made = repo.create_deployment("main", environment="qa", description="Go", required_contexts=[])
    assert (made.sha, made.ref, made.environment) == (tip(repo), "main", "qa")
    made.create_status("in_progress", description="Building")
    made.create_status("success", environment_url="http://localhost/site")
    assert [one.state for one in made.get_statuses()] == ["success", "in_progress"]
    assert [one.id for one in repo.get_deployments(environment="qa")] == [made.id]
    assert [one.id for one in repo.get_deployments(environment="staging")] == []


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


def test_a_hook_needs_an_address(repo: Repository):
    assert refusal(repo.create_hook, "web", {"url": "nowhere"})[0] == 422


def test_hooks_are_hidden_from_a_token_without_the_permission(repo: Repository, tokens):
    weak = tokens.client("acme-bot", permissions={"contents": "write"}).get_repo(repo.full_name)
    with pytest.raises(GithubException) as refused:
        list(weak.get_hooks())
    assert refused.value.status == 403
