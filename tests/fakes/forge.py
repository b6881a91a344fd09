"""The forge in memory: ContentReader, PullReader, ForgeWriter and GitTransport on one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.errors import BadReply, Conflict, NotFound, Refused
from closedloop.ports.forge import (
    BranchDraft,
    BranchHead,
    ChangedFile,
    Check,
    CheckOutcome,
    DocumentAt,
    FileAt,
    IssueDraft,
    IssueRef,
    LandedCommit,
    MergeOrder,
    MergeRules,
    PullDraft,
    PullView,
    Requirements,
)
from closedloop.ports.git import unheard
from tests.fakes.merging import enable_auto_merge, enqueue, merge_sha, settle_merge, work
from tests.fakes.repository import FakeRepository
from tests.fakes.script import Script, scripted
from tests.fakes.world import EPOCH, FakeIssue, FakePull, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime


class FakeForge:
    """All four forge ports. `world` holds what others do; `script` says what goes wrong."""

    def __init__(
        self,
        files: Mapping[str, str],
        *,
        required: Sequence[str] = ("faq-ci",),
        ci: CheckOutcome | None = CheckOutcome.SUCCESS,
        clock: Callable[[], datetime] = lambda: EPOCH,
    ) -> None:
        self.script = Script()
        self.world = FakeWorld(repository=FakeRepository(files), clock=clock, ci=ci)
        self.world.require(*required)
        #: What GitTransport costs: nothing, as by git.
        self.ref_writes = 0
        self.writes_of_branch: Callable[[int], int] = lambda _: 0

    # -- ContentReader

    @scripted
    def branch_sha(self, branch: str) -> str | None:
        return self.world.repository.branches.get(branch)

    @scripted
    def file_at(self, path: str, ref: str) -> FileAt | None:
        commit = self.world.repository.resolve(ref)
        if commit is None or path not in commit.files:
            return None
        mode = self.world.modes.get(path, "100644")
        if mode == "120000":
            raise BadReply(f"{path} is no plain file but a link, of mode {mode}")
        return FileAt(text=commit.files[path], mode=mode, commit_sha=commit.sha)

    @scripted
    def documents_at(self, ref: str, prefix: str) -> Sequence[DocumentAt]:
        commit = self.world.repository.resolve(ref)
        if commit is None:
            raise NotFound(f"no commit {ref}")
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        paths = sorted(path for path in commit.files if path.startswith(folder) and path.endswith(".md"))
        return [DocumentAt(path=path, text=commit.files[path]) for path in paths]

    @scripted
    def contains(self, ancestor: str, descendant: str) -> bool:
        old, new = (self.world.repository.resolve(sha) for sha in (ancestor, descendant))
        return old is not None and new is not None and old.sha in self.world.repository.history(new.sha)

    @scripted
    def commits_to(self, sha: str, count: int) -> Sequence[LandedCommit]:
        if sha not in self.world.repository.commits:
            raise NotFound(f"no commit {sha}")
        found = [self.world.repository.commits[one] for one in self.world.repository.history(sha)[:count]]
        return [LandedCommit(sha=commit.sha, message=commit.message) for commit in found]

    # -- PullReader

    @scripted
    def look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        work(self.world)
        found = [self.world.pulls[number] for number in numbers if number in self.world.pulls]
        for pull in found:
            pull.looks += 1
        return {pull.number: self.world.view(pull) for pull in found}

    @scripted
    def find_pull(self, head_branch: str) -> PullView | None:
        ours = [p for p in self.world.pulls.values() if p.head_branch == head_branch and not p.is_fork]
        return self.world.view(ours[-1]) if ours else None

    @scripted
    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        pull = self._pull(number)
        if self.world.cuts_file_lists:
            raise BadReply("the list of changed files is cut")
        return self.world.repository.changed(self.world.repository.branches[pull.base_branch], pull.head_sha)

    @scripted
    def required_checks(self, branch: str) -> Requirements:
        return self.world.requirements(branch)

    @scripted
    def merge_rules(self, branch: str) -> MergeRules:
        assert branch in self.world.repository.branches
        return self.world.rules

    @scripted
    def checks_of(self, sha: str) -> Sequence[Check]:
        return self.world.checks.get(sha, [])

    @scripted
    def find_issue(self, draft: IssueDraft) -> IssueRef | None:
        return next((_ref(issue) for issue in self.world.issues.values() if draft.marker in issue.body), None)

    # -- GitTransport

    def branch_writes(self, commits: int) -> int:
        return self.writes_of_branch(commits)

    @scripted
    def publish_branch(self, draft: BranchDraft, announce: Callable[[str], None] = unheard) -> BranchHead:
        repository = self.world.repository
        if draft.base_sha not in repository.commits:
            raise NotFound("the base commit does not exist")
        if draft.name in repository.branches:
            raise Conflict("the branch exists already")
        shas = [draft.base_sha]
        for commit in draft.commits:
            tree = {**repository.commits[shas[-1]].files, **commit.files}
            shas.append(repository.commit((shas[-1],), commit.message, tree))
        announce(shas[-1])
        self.script.pass_by("the push itself")
        repository.branches[draft.name] = shas[-1]
        return BranchHead(head_sha=shas[-1], commit_shas=tuple(shas[1:]))

    @scripted
    def create_tag(self, name: str, sha: str) -> None:
        if sha not in self.world.repository.commits:
            raise Refused("the commit does not exist")
        if name in self.world.repository.tags:
            raise Conflict("the tag exists already")
        self.world.repository.tags[name] = sha

    @scripted
    def delete_branch(self, name: str, sha: str) -> None:
        if self.world.repository.branches.get(name, sha) != sha:
            raise Conflict("the branch is at another commit")
        self.world.repository.branches.pop(name, None)
        for pull in self.world.pulls.values():
            if pull.head_branch == name and pull.state == "open" and not pull.is_fork:
                pull.state = "closed"

    # -- ForgeWriter

    @scripted
    def open_pull(self, draft: PullDraft) -> PullView:
        self._refuse_pull(draft)
        pull = FakePull(
            number=self.world.next_number(), title=draft.title, body=draft.body, labels=draft.labels,
            head_branch=draft.head_branch, base_branch=draft.base_branch,
            head_sha=self.world.repository.branches[draft.head_branch],
        )  # fmt: skip
        self.world.pulls[pull.number] = pull
        view = self.world.view(pull)
        self.world.run_ci(pull)
        return view

    @scripted
    def merge_pull(self, order: MergeOrder) -> str:
        pull = self._pull(order.number)
        return settle_merge(self.world, pull, merge_sha(self.world, pull, order))

    @scripted
    def enable_auto_merge(self, order: MergeOrder) -> None:
        enable_auto_merge(self.world, self._pull(order.number), order)

    @scripted
    def enqueue(self, order: MergeOrder) -> None:
        enqueue(self.world, self._pull(order.number), order)

    @scripted
    def rerun_failed(self, run_id: int) -> None:
        if run_id not in {check.run_id for checks in self.world.checks.values() for check in checks}:
            raise NotFound(f"no workflow run {run_id}")
        self.world.run_again(run_id)

    @scripted
    def close_pull(self, number: int) -> None:
        pull = self._pull(number)
        pull.state = "closed" if pull.state == "open" else pull.state

    @scripted
    def open_issue(self, draft: IssueDraft) -> IssueRef:
        body = draft.body if draft.marker in draft.body else f"{draft.body}\n\n{draft.marker}"
        issue = FakeIssue(number=self.world.next_number(), title=draft.title, body=body, labels=draft.labels)
        self.world.issues[issue.number] = issue
        return _ref(issue)

    def _pull(self, number: int) -> FakePull:
        if number not in self.world.pulls:
            raise NotFound(f"no pull request {number}")
        return self.world.pulls[number]

    def _refuse_pull(self, draft: PullDraft) -> None:
        repository = self.world.repository
        base, head = (repository.branches.get(name) for name in (draft.base_branch, draft.head_branch))
        if base is None or head is None:
            raise Refused("head or base does not exist")
        if not repository.own_commits(base, head):
            raise Refused("no commits between base and head")
        if any(
            (pull.head_branch, pull.base_branch, pull.state, pull.is_fork)
            == (draft.head_branch, draft.base_branch, "open", False)
            for pull in self.world.pulls.values()
        ):
            raise Conflict("a pull request already exists")


def _ref(issue: FakeIssue) -> IssueRef:
    return IssueRef(number=issue.number, url=f"https://forge.test/issues/{issue.number}")
