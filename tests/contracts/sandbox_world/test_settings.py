from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contracts.sandbox_world.driver import Sandbox

TWINS = {
    "autoMergeAllowed": "allow_auto_merge",
    "deleteBranchOnMerge": "delete_branch_on_merge",
    "mergeCommitAllowed": "allow_merge_commit",
    "rebaseMergeAllowed": "allow_rebase_merge",
    "squashMergeAllowed": "allow_squash_merge",
}
SEEDED = dict.fromkeys(TWINS.values(), True)


@pytest.fixture(autouse=True)
def _as_seeded(world: Sandbox) -> Iterator[None]:
    world.rest("PATCH", f"/repos/{REPO}", **SEEDED)
    yield
    world.rest("PATCH", f"/repos/{REPO}", **SEEDED)


def by_graphql(world: Sandbox) -> dict[str, bool]:
    query = f'{{ repository(owner: "acme", name: "handbook") {{ {" ".join(TWINS)} }} }}'
    return dict(world.graphql(query)["repository"])


@pytest.mark.parametrize("field", sorted(TWINS))
def test_a_setting_changed_by_rest_is_told_by_graphql(world: Sandbox, field: str):
    assert by_graphql(world) == dict.fromkeys(TWINS, True)
    world.rest("PATCH", f"/repos/{REPO}", **{TWINS[field]: False})
    assert by_graphql(world) == dict.fromkeys(TWINS, True) | {field: False}
    assert world.rest("GET", f"/repos/{REPO}")[TWINS[field]] is False


def test_the_seeded_repository_deletes_merged_branches(world: Sandbox):
    pull = world.propose(
        "settings/gone", {FAQ: world.text() + "\n### Is it gone?\n\nYes, after the merge.\n"}
    )
    world.merge(pull)
    path = f"/api/v3/repos/{REPO}/git/ref/heads/settings/gone"
    eventually(lambda: world.http.get(path).status_code == 404)
