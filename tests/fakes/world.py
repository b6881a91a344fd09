"""What people, CI and the forge itself do around FakeForge; tests turn these wheels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from closedloop.ports.forge import (
    Check,
    CheckOutcome,
    Mergeable,
    PullView,
    RequiredCheck,
    Requirements,
)
from closedloop.ports.merging import MergeOrder, MergeRules
from tests.fakes.queue import FakeQueue
from tests.fakes.repository import FakeRepository, MergeConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class FakePull:
    """A pull request's row."""

    number: int
    title: str
    body: str
    head_branch: str
    base_branch: str
    head_sha: str
    is_fork: bool = False
    state: str = "open"
    labels: tuple[str, ...] = ()
    merge_sha: str | None = None
    merged_at: datetime | None = None
    is_auto_merging: bool = False
    #: Looks so far at the present head, for `looks_until_mergeable`.
    looks: int = 0


@dataclass(slots=True, kw_only=True)
class FakeIssue:
    """An issue's row."""

    number: int
    title: str
    body: str
    labels: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class FakeWorld:
    """The state of the forge, with the acts of everyone but us."""

    repository: FakeRepository
    #: The clock of the forge.
    clock: Callable[[], datetime] = lambda: EPOCH
    #: Reported at once for every required check of a new pull request head; None leaves CI to the test.
    ci: CheckOutcome | None = CheckOutcome.SUCCESS
    #: Words that turn the checks of every head red whose files hold one of them.
    poison: tuple[str, ...] = ()
    #: Whether checks belong to workflow runs, whose failed jobs can be run again.
    has_runs: bool = False
    #: Outcomes of second runs, the next one first; then as the first ones.
    second_runs: list[CheckOutcome] = field(default_factory=list)
    #: Required checks by branch.
    protection: dict[str, Requirements] = field(default_factory=dict)
    #: How changes get in; a queue that it names is `queue`.
    rules: MergeRules = field(default_factory=MergeRules)
    queue: FakeQueue = field(default_factory=FakeQueue)
    #: Orders to merge once nothing is missing, by pull request.
    later: dict[int, MergeOrder] = field(default_factory=dict)
    #: Whether branches take only what has all their commits, though no rule that can be read says so.
    is_strict: bool = False
    #: Whether looks show what is behind; otherwise only the merge is refused.
    shows_behind: bool = True
    #: Set while the forge wants more than its checks, such as somebody's approval.
    wants_more: bool = False
    #: How many looks find `mergeable` still being computed.
    looks_until_mergeable: int = 0
    #: Git modes of paths that are not plain files.
    modes: dict[str, str] = field(default_factory=dict)
    #: Makes the forge cut lists of changed files.
    cuts_file_lists: bool = False
    pulls: dict[int, FakePull] = field(default_factory=dict)
    issues: dict[int, FakeIssue] = field(default_factory=dict)
    #: Bodies by pull request, oldest first.
    comments: dict[int, list[str]] = field(default_factory=dict)
    checks: dict[str, list[Check]] = field(default_factory=dict)

    def require(
        self,
        *names: str,
        branch: str = "main",
        is_readable: bool = True,
        is_enforced: bool = True,
        is_strict: bool = False,
    ) -> None:
        """Protect a branch with required checks."""
        self.protection[branch] = Requirements(
            checks=tuple(RequiredCheck(name=name) for name in names),
            is_readable=is_readable,
            is_enforced=is_enforced and bool(names),
            is_strict=is_strict,
        )

    def push(
        self, branch: str, files: Mapping[str, str | None], *, message: str = "A person's change"
    ) -> str:
        """A person pushes: whole new texts by path, None removes. A missing branch starts at main."""
        branches = self.repository.branches
        parent = branches.get(branch, branches["main"])
        tree = {**self.repository.commits[parent].files, **files}
        kept = {path: text for path, text in tree.items() if text is not None}
        branches[branch] = self.repository.commit((parent,), message, kept)
        self.follow_branch(branch)
        return branches[branch]

    def open_foreign_pull(self, head_branch: str, files: Mapping[str, str], *, base: str = "main") -> int:
        """A stranger opens a pull request from a fork whose branch may be called like ours."""
        parent = self.repository.branches[base]
        tree = {**self.repository.commits[parent].files, **files}
        sha = self.repository.commit((parent,), "From a fork", tree)
        pull = FakePull(
            number=self.next_number(), title="From a fork", body="", head_branch=head_branch,
            base_branch=base, head_sha=sha, is_fork=True,
        )  # fmt: skip
        self.pulls[pull.number] = pull
        return pull.number

    def report(self, sha: str, name: str, outcome: CheckOutcome, *, app_id: int | None = None) -> None:
        """CI reports on a commit; a later report of the same name stands beside the earlier one."""
        now = self.clock()
        over_at = None if outcome is CheckOutcome.PENDING else now
        run_id = int(sha[:8], 16) if self.has_runs else None
        checks = self.checks.setdefault(sha, [])
        check = Check(
            name=name, outcome=outcome, app_id=app_id, started_at=now, completed_at=over_at, run_id=run_id,
            report_id=f"{sha}:{len(checks)}",
        )  # fmt: skip
        checks.append(check)

    def run_again(self, run_id: int) -> None:
        """CI runs the failed jobs of a workflow run again, with the next one of `second_runs`."""
        for sha, checks in list(self.checks.items()):
            newest = {check.name: check for check in checks if check.run_id == run_id}
            failed = [check for check in newest.values() if check.outcome is CheckOutcome.FAILURE]
            outcome = self.second_runs.pop(0) if failed and self.second_runs else CheckOutcome.FAILURE
            now = self.clock()
            self.checks[sha] += [
                replace(
                    check, outcome=outcome, started_at=now, completed_at=now, report_id=f"{check.report_id}+"
                )
                for check in failed
            ]

    def follow_branch(self, branch: str) -> None:
        """Move open pull requests with their branch and let CI see the new head."""
        for pull in self.pulls.values():
            if pull.head_branch == branch and pull.state == "open" and not pull.is_fork:
                pull.head_sha, pull.looks = self.repository.branches[branch], 0
                self.run_ci(pull)

    def run_ci(self, pull: FakePull) -> None:
        """Report the standing CI outcome on a head that has none yet."""
        if self.ci is None or pull.head_sha in self.checks:
            return
        files = self.repository.commits[pull.head_sha].files.values()
        is_poisoned = any(word in text for word in self.poison for text in files)
        outcome = CheckOutcome.FAILURE if is_poisoned else self.ci
        for required in self.requirements(pull.base_branch).checks:
            self.report(pull.head_sha, required.name, outcome, app_id=required.app_id)

    def requirements(self, branch: str) -> Requirements:
        """The branch's protection; none is readable and empty."""
        return self.protection.get(branch, Requirements(checks=(), is_readable=True, is_enforced=False))

    def next_number(self) -> int:
        """Issues and pull requests share one sequence, as on GitHub."""
        return len(self.pulls) + len(self.issues) + 1

    def mergeable(self, pull: FakePull) -> Mergeable:
        """Whether the present head merges cleanly into the present base."""
        if pull.state != "open" or pull.looks <= self.looks_until_mergeable:
            return Mergeable.UNKNOWN
        try:
            self.repository.merge(self.repository.branches[pull.base_branch], pull.head_sha)
        except MergeConflict:
            return Mergeable.NO
        return Mergeable.YES

    def is_behind(self, pull: FakePull) -> bool:
        """Whether it lacks commits of its base where the branch wants them all."""
        is_strict = self.is_strict or self.requirements(pull.base_branch).is_strict
        if pull.state != "open" or not is_strict:
            return False
        tip = self.repository.branches[pull.base_branch]
        return tip not in self.repository.history(pull.head_sha)

    def view(self, pull: FakePull) -> PullView:
        """The pull request as a look sees it."""
        return PullView(
            number=pull.number, url=f"https://forge.test/pull/{pull.number}", state=pull.state,
            head_sha=pull.head_sha, head_branch=pull.head_branch, base_branch=pull.base_branch,
            is_fork=pull.is_fork, mergeable=self.mergeable(pull), merge_sha=pull.merge_sha,
            merged_at=pull.merged_at, checks=tuple(self.checks.get(pull.head_sha, ())),
            is_queued=self.queue.holds(pull.number), is_auto_merging=pull.is_auto_merging,
            group_sha=self.queue.group_of(pull.number), is_behind=self.shows_behind and self.is_behind(pull),
        )  # fmt: skip
