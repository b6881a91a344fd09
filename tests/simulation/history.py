"""What must hold of the forge's own history, whatever our rows say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tasks_app.pipeline.faq_document import mark_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.fakes.town import Town

BY_HAND = "By hand"


def wrong(town: Town, task_ids: Iterable[object]) -> list[str]:
    """Everything that is wrong with it now; the ids are those of all tasks."""
    ids = [str(task_id) for task_id in task_ids]
    return [*doubled(town, ids), *foreign_paths(town), *twice_on_the_page(town, ids)]


def doubled(town: Town, task_ids: list[str]) -> Iterator[str]:
    """Each task is merged once and undone once; pull requests and issues are there once."""
    messages = _messages(town)
    for task_id in task_ids:
        merges = [text for text in messages if f"trace-id: {task_id}" in text.splitlines()]
        undos = [text for text in merges if "Auto-rollback" in text or text.startswith("Revert ")]
        if len(merges) - len(undos) > 1 or len(undos) > 1:
            yield f"{task_id} was merged {len(merges) - len(undos)} times and undone {len(undos)} times"
    markers = Counter(line for issue in town.world.issues.values() for line in issue.body.splitlines()[-1:])
    yield from (f"{count} issues for {marker}" for marker, count in markers.items() if count > 1)
    heads = Counter(pull.head_branch for pull in town.world.pulls.values() if not pull.is_fork)
    yield from (f"{count} pull requests from {head}" for head, count in heads.items() if count > 1)


def _messages(town: Town) -> list[str]:
    """Of everything that is on main, also of what a merge brought along."""
    repository = town.world.repository
    return [repository.commits[sha].message for sha in repository.history(repository.branches["main"])]


def foreign_paths(town: Town) -> Iterator[str]:
    """Our commits touch our file alone, and others' pull requests stay as they are."""
    commits = town.world.repository.commits
    for commit in list(commits.values()):
        is_ours = "trace-id" in commit.message and not commit.message.startswith(BY_HAND)
        if not is_ours or not commit.parents:
            continue
        before = commits[commit.parents[0]].files
        touched = {path for path in {*before, *commit.files} if before.get(path) != commit.files.get(path)}
        if touched - {"docs/FAQ.md"}:
            yield f"our commit {commit.sha[:7]} touches {touched}"
    yield from (
        f"a fork's #{p.number} is {p.state}"
        for p in town.world.pulls.values()
        if p.is_fork and p.state != "open"
    )


def twice_on_the_page(town: Town, task_ids: list[str]) -> Iterator[str]:
    """No answer is there twice."""
    page = town.page
    yield from (f"{pk} is on the page more than once" for pk in task_ids if page.count(mark_line(pk)) > 1)
