from typing import Any

import pytest
from github import Github, GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.steps import call, judged, pull_of, put, refusal, tip


@pytest.fixture
def ci(tokens: Tokens) -> Github:
    return tokens.client("ci[bot]", app="ci")


def protect(repo: Repository, **options: Any) -> None:
    wanted: dict[str, Any] = {"strict": False, "contexts": ["ci"], "enforce_admins": True} | options
    repo.get_branch("main").edit_protection(**wanted)


def ruleset(repo: Repository, *rules: dict[str, Any], **options: Any) -> int:
    named = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    body = {"name": "Guard", "enforcement": "active", "conditions": named, "rules": list(rules)}
    return int(call(repo, "POST", "rulesets", body | options)["id"])


def required(*names: str) -> dict[str, Any]:
    checks = [{"context": name} for name in names]
    parameters = {"required_status_checks": checks, "strict_required_status_checks_policy": False}
    return {"type": "required_status_checks", "parameters": parameters}


def test_protection_is_set_read_and_removed(repo: Repository):
    protect(repo, contexts=["lint", "build"], strict=True)
    branch = repo.get_branch("main")
    protection = branch.get_protection()
    assert (protection.required_status_checks.contexts, protection.enforce_admins) == (
        ["lint", "build"],
        True,
    )
    assert (branch.protected, protection.required_status_checks.strict) == (True, True)
    branch.remove_protection()
    assert repo.get_branch("main").protected is False
    assert refusal(branch.get_protection) == (404, "Branch not protected")


def test_the_branch_itself_tells_its_required_checks(repo: Repository, tokens: Tokens):
    protect(repo)
    weak = tokens.client("acme-bot", permissions={"contents": "write"}).get_repo(repo.full_name)
    summary = weak.get_branch("main").raw_data["protection"]["required_status_checks"]
    assert summary == {
        "enforcement_level": "everyone",
        "contexts": ["ci"],
        "checks": [{"context": "ci", "app_id": None}],
    }
    assert refusal(weak.get_branch("main").get_protection)[0] == 403


def test_required_checks_and_administrators_are_changed_apart(repo: Repository):
    protect(repo)
    branch = repo.get_branch("main")
    branch.edit_required_status_checks(strict=True, contexts=["lint"])
    checks = branch.get_required_status_checks()
    assert (checks.strict, checks.contexts) == (True, ["lint"])
    path = "branches/main/protection/required_status_checks/contexts"
    assert call(repo, "GET", path) == ["lint"]
    branch.remove_admin_enforcement()
    assert branch.get_admin_enforcement() is False
    branch.set_admin_enforcement()
    assert branch.get_admin_enforcement() is True


def test_a_merge_waits_for_its_required_status(repo: Repository):
    protect(repo)
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert judged(pull).mergeable_state == "blocked"
    assert refusal(pull.merge) == (405, 'Required status check "ci" is expected.')
    commit = repo.get_commit(pull.head.sha)
    for state, word in (("pending", "pending"), ("failure", "failing")):
        commit.create_status(state, context="ci")
        assert refusal(pull.merge) == (405, f'Required status check "ci" is {word}.')
    commit.create_status("success", context="ci")
    assert judged(pull).mergeable_state == "clean"
    assert pull.merge().merged is True


def test_a_check_must_come_from_the_required_app(repo: Repository, ci: Github, tokens: Tokens):
    theirs = ci.get_repo(repo.full_name)
    app = theirs.create_check_run("ci", tip(repo)).app.id
    protect(repo, contexts=[], checks=[("ci", app)])
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    other = tokens.client("other[bot]", app="other").get_repo(repo.full_name)
    other.create_check_run("ci", pull.head.sha, conclusion="success")
    repo.get_commit(pull.head.sha).create_status("success", context="ci")
    assert refusal(pull.merge) == (405, 'Required status check "ci" is expected.')
    theirs.create_check_run("ci", pull.head.sha, conclusion="success")
    assert pull.merge().merged is True


def test_several_missing_checks_are_counted(repo: Repository):
    protect(repo, contexts=["a", "b"])
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert refusal(pull.merge) == (405, "2 of 2 required status checks are expected.")


def test_an_approval_can_be_required(repo: Repository, tokens: Tokens):
    protect(repo, contexts=[], required_approving_review_count=1)
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    assert refusal(pull.merge)[1] == "At least 1 approving review is required by reviewers with write access."
    tokens.client("reviewer").get_repo(repo.full_name).get_pull(1).create_review(event="APPROVE")
    assert pull.merge().merged is True


def test_a_strict_branch_wants_an_up_to_date_head(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    put(repo, "main", "b.md", "b\n")
    protect(repo, contexts=[], strict=True)
    assert judged(pull).mergeable_state == "behind"
    assert refusal(pull.merge)[0] == 405


def test_direct_writes_to_a_protected_branch_are_refused(repo: Repository):
    other = pull_of(repo, "topic", {"a.md": "a\n"}).head.sha
    protect(repo)
    message = 'Required status check "ci" is expected.'
    assert refusal(repo.create_file, "b.md", "Add", "b\n") == (409, message)
    assert refusal(repo.get_git_ref("heads/main").edit, other) == (422, message)


def test_a_protected_branch_is_not_rewritten_or_deleted(repo: Repository):
    repo.create_git_ref("refs/heads/kept", tip(repo))
    put(repo, "kept", "a.md", "a\n")
    repo.get_branch("kept").edit_protection(enforce_admins=True)
    ref = repo.get_git_ref("heads/kept")
    assert refusal(ref.edit, tip(repo), force=True) == (422, "Cannot force-push to this branch")
    assert refusal(ref.delete) == (422, "Cannot delete this branch")


def test_an_administrator_passes_where_not_bound(repo: Repository, tokens: Tokens):
    protect(repo, enforce_admins=False)
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    member = tokens.client("member").get_repo(repo.full_name).get_pull(pull.number)
    assert refusal(member.merge)[0] == 405
    assert pull.merge().merged is True


def test_a_ruleset_is_made_read_changed_and_deleted(repo: Repository):
    number = ruleset(repo, required("ci"))
    assert call(repo, "GET", f"rulesets/{number}")["rules"] == [required("ci")]
    call(repo, "PUT", f"rulesets/{number}", {"enforcement": "disabled"})
    assert [one["enforcement"] for one in call(repo, "GET", "rulesets")] == ["disabled"]
    call(repo, "DELETE", f"rulesets/{number}")
    assert call(repo, "GET", "rulesets") == []


def test_rules_of_a_branch_name_their_ruleset(repo: Repository):
    number = ruleset(repo, required("ci"), {"type": "deletion"})
    found = call(repo, "GET", "rules/branches/main")
    assert [(one["type"], one["ruleset_id"]) for one in found] == [
        ("required_status_checks", number),
        ("deletion", number),
    ]
    assert call(repo, "GET", "rules/branches/other") == []


def test_a_ruleset_holds_merges_and_writes(repo: Repository):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    ruleset(
        repo, required("ci"), {"type": "pull_request", "parameters": {"required_approving_review_count": 0}}
    )
    violated = "Repository rule violations found\n\n"
    expected = f'{violated}Required status check "ci" is expected.\n\n'
    assert refusal(pull.merge) == (405, expected)
    status, message = refusal(repo.create_file, "b.md", "Add", "b\n")
    assert (status, message.startswith(f"{violated}Changes must be made through a pull request.")) == (
        409,
        True,
    )
    repo.get_commit(pull.head.sha).create_status("success", context="ci")
    assert pull.merge().merged is True


def test_a_bypass_lets_the_named_app_through(repo: Repository, ci: Github):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    theirs = ci.get_repo(repo.full_name)
    app = theirs.create_check_run("x", tip(repo)).app.id
    bypass = [{"actor_id": app, "actor_type": "Integration", "bypass_mode": "always"}]
    ruleset(repo, required("ci"), bypass_actors=bypass)
    assert refusal(pull.merge)[0] == 405
    assert theirs.get_pull(pull.number).merge().merged is True


def test_a_rule_that_would_not_be_enforced_is_refused(repo: Repository):
    with pytest.raises(GithubException) as refused:
        ruleset(repo, {"type": "required_signatures"})
    assert refused.value.status == 422
