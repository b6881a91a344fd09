"""The look by REST tells what the look by GraphQL tells."""

from __future__ import annotations

import pytest

from closedloop.adapters.github_client import GithubClient
from closedloop.adapters.github_rest_look import RestLook
from closedloop.ports.errors import BadReply
from closedloop.ports.forge import CheckOutcome, Mergeable
from closedloop.ports.merging import MergeMethod, MergeQueue
from tests.contracts.adapters.forge_acts import NEW_FAQ, open_pull, order
from tests.contracts.adapters.forge_stages import FAQ, GithubStage, settled
from tests.contracts.adapters.merge_stages import gate_of
from tests.contracts.adapters.sandbox_process import ADMIN_TOKEN
from tests.unit.adapters.rigs import pool_of
from tests.unit.scripts.polling import eventually

SQUASH, REBASE = MergeMethod.SQUASH, MergeMethod.REBASE


@pytest.fixture
def look(git_stage: GithubStage):
    client = GithubClient(git_stage.config, pool_of(ADMIN_TOKEN), is_writer=False)
    yield RestLook(client)
    client.close()


def agree(stage, look, *numbers):
    """The view that both ways have of each pull request."""
    seen = look.look_at(numbers)
    assert seen == stage.pulls.look_at(numbers)
    return [seen[number] for number in numbers]


def test_of_pull_requests_in_every_state(git_stage, look):
    merged, closed, late, conflicting = (
        open_pull(git_stage, f"ours/{turn}", text)
        for turn, text in enumerate((NEW_FAQ, NEW_FAQ, FAQ.replace("admin", "boss"), FAQ + "\nAt the end.\n"))
    )
    git_stage.writer.merge_pull(order(settled(git_stage, merged.number)))
    git_stage.writer.close_pull(closed.number)
    git_stage.push("main", {"docs/FAQ.md": NEW_FAQ + "\nBy a person.\n"})
    for pull in (late, conflicting):
        settled(git_stage, pull.number)
    views = agree(git_stage, look, merged.number, closed.number, late.number, conflicting.number)
    assert [view.state for view in views] == ["merged", "closed", "open", "open"]
    assert Mergeable.NO in {view.mergeable for view in views[2:]}


def test_of_what_is_behind_its_base(git_stage, look):
    gate_of(git_stage).want_up_to_date("faq-ci")
    texts = (NEW_FAQ, FAQ.replace("admin", "boss"))
    late, first = [open_pull(git_stage, f"ours/{turn}", text) for turn, text in enumerate(texts)]
    for pull in (late, first):
        git_stage.report(pull.head_sha, "faq-ci", CheckOutcome.SUCCESS)
    git_stage.writer.merge_pull(order(settled(git_stage, first.number)))
    settled(git_stage, late.number)
    assert agree(git_stage, look, late.number)[0].is_behind


def test_of_checks_of_all_kinds(git_stage, look):
    workflow = "on: [pull_request]\njobs:\n  lint:\n    runs-on: ubuntu-latest\n    steps: [{run: 'true'}]\n"
    git_stage.push("main", {".github/workflows/ci.yml": workflow})
    pull = open_pull(git_stage)
    for name, outcome in {"a": CheckOutcome.SUCCESS, "b": CheckOutcome.PENDING}.items():
        git_stage.report(pull.head_sha, name, CheckOutcome.FAILURE)
        git_stage.report(pull.head_sha, name, outcome)

    def checks(of):
        return sorted(of.checks_of(pull.head_sha), key=lambda check: check.name)

    assert eventually(lambda: any(check.run_id and check.completed_at for check in checks(look)))
    found = checks(look)
    assert found == checks(git_stage.pulls)
    assert [(check.name, check.outcome) for check in found] == [
        ("a", CheckOutcome.SUCCESS), ("b", CheckOutcome.PENDING), ("lint", CheckOutcome.SUCCESS),
    ]  # fmt: skip


def test_of_a_commit_that_is_not_there(git_stage, look):
    assert look.checks_of("f" * 40) == git_stage.pulls.checks_of("f" * 40) == []


def test_of_more_statuses_than_one_page_holds(git_stage, look):
    pull = open_pull(git_stage)
    for number in range(101):
        git_stage.report(pull.head_sha, f"check {number}", CheckOutcome.SUCCESS)
    assert len(look.checks_of(pull.head_sha)) == 101


def test_of_merge_rules_except_auto_merge(git_stage, look):
    assert look.merge_rules("main") == git_stage.pulls.merge_rules("main")
    gate = gate_of(git_stage)
    gate.allow(SQUASH, REBASE)
    gate.put_queue(REBASE)
    found = look.merge_rules("main")
    assert found == git_stage.pulls.merge_rules("main")
    assert (found.methods, found.queue) == ({SQUASH, REBASE}, MergeQueue(method=REBASE))


def test_what_graphql_alone_can_do_is_refused_by_name(old_sandbox, tmp_path):
    stage = GithubStage(old_sandbox, tmp_path)
    pull = open_pull(stage)
    with pytest.raises(BadReply, match="404"):
        stage.writer.enqueue(order(pull))
    stage.close()
