"""Which ways of merging a repository and its rules leave open."""

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.steps import call, pull_of, refusal, tip

_NO_MERGE_COMMITS = "This branch must not contain merge commits."


def ruleset(repo: Repository, *rules: dict[str, object]) -> None:
    named = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    body = {"name": "Guard", "enforcement": "active", "conditions": named, "rules": list(rules)}
    call(repo, "POST", "rulesets", body)


def violated(reason: str) -> tuple[int, str]:
    return 405, f"Repository rule violations found\n\n{reason}\n\n"


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_linear_history_leaves_squash_and_rebase(repo: Repository, method: str):
    pull = pull_of(repo, "topic", {"a.md": "a\n", "b.md": "b\n"})
    ruleset(repo, {"type": "required_linear_history"})
    assert refusal(pull.merge) == violated(_NO_MERGE_COMMITS)
    assert pull.merge(merge_method=method).merged is True
    assert all(len(commit.parents) < 2 for commit in repo.get_commits())


def test_linear_history_takes_no_merge_commit_by_another_way(repo: Repository):
    pull_of(repo, "topic", {"a.md": "a\n"})
    parents = [repo.get_git_commit(sha) for sha in (tip(repo), tip(repo, "topic"))]
    both = repo.create_git_commit("Both", parents[1].tree, parents).sha
    ruleset(repo, {"type": "required_linear_history"})
    status, message = refusal(repo.get_git_ref("heads/main").edit, both)
    assert (status, _NO_MERGE_COMMITS in message) == (422, True)


@pytest.mark.parametrize("allowed", ["merge", "squash", "rebase"])
def test_a_rule_may_allow_fewer_methods_than_the_repository(repo: Repository, allowed: str):
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    ruleset(repo, {"type": "pull_request", "parameters": {"allowed_merge_methods": [allowed]}})
    words = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}
    for method in words.keys() - {allowed}:
        reason = f"{words[method]} are not allowed on this repository."
        assert refusal(pull.merge, merge_method=method) == violated(reason)
    assert pull.merge(merge_method=allowed).merged is True


def test_the_rules_of_a_branch_name_the_allowed_methods(repo: Repository):
    ruleset(repo, {"type": "pull_request", "parameters": {"allowed_merge_methods": ["squash"]}})
    [rule] = call(repo, "GET", "rules/branches/main")
    assert rule["parameters"]["allowed_merge_methods"] == ["squash"]


def test_one_way_to_merge_stays_allowed(repo: Repository):
    none = {"allow_merge_commit": False, "allow_squash_merge": False, "allow_rebase_merge": False}
    assert refusal(repo.edit, **none)[0] == 422
    assert repo.allow_squash_merge is True
