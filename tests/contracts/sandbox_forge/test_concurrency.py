"""Many writers at once: whatever was confirmed is there, and nothing else is."""

from concurrent.futures import ThreadPoolExecutor

from github import GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.judged import Judge, judged_client
from tests.contracts.sandbox_forge.server import TOKEN, Server
from tests.contracts.sandbox_forge.steps import branch, pull_of, refusal, tip

_WRITERS = 8


def test_pull_requests_merged_side_by_side_all_arrive(server: Server, repo: Repository, judge: Judge):
    start = tip(repo)

    def contribute(number: int) -> str:
        own = judged_client(server.url, TOKEN, judge).get_repo(repo.full_name)
        pull = pull_of(own, f"topic-{number}", {f"{number}.md": f"{number}\n"}, start)
        return pull.merge(merge_method="squash", sha=pull.head.sha).sha

    with ThreadPoolExecutor(_WRITERS) as pool:
        merged = set(pool.map(contribute, range(3 * _WRITERS)))
    assert {one.path for one in repo.get_git_tree("main").tree} == {
        "README.md",
        *(f"{number}.md" for number in range(3 * _WRITERS)),
    }
    assert {one.sha for one in repo.get_commits()} == {start, *merged}


def test_of_many_who_open_the_same_pull_request_one_does(server: Server, repo: Repository, judge: Judge):
    branch(repo, "topic", {"a.md": "a\n"})

    def attempt(_: int) -> int:
        own = judged_client(server.url, TOKEN, judge).get_repo(repo.full_name)
        try:
            return own.create_pull(base="main", head="topic", title="Topic").number
        except GithubException as refused:
            return -refused.status

    with ThreadPoolExecutor(_WRITERS) as pool:
        numbers = list(pool.map(attempt, range(_WRITERS)))
    assert sorted(numbers) == [-422] * (_WRITERS - 1) + [1]


def test_a_merge_moves_the_base_under_a_conditional_write(repo: Repository):
    stale = tip(repo)
    pull_of(repo, "topic", {"a.md": "a\n"}).merge(merge_method="squash")
    ref = repo.get_git_ref("heads/main")
    parent = repo.get_git_commit(stale)
    behind = repo.create_git_commit("Behind", parent.tree, [parent])
    assert refusal(ref.edit, behind.sha) == (422, "Update is not a fast forward")
