"""What our calls did at the forge, by the forge's own record: each at most once, and only when allowed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.conf import settings

from closedloop.ports.forge import RequiredCheck
from tasks_app.models import Effect, Notification
from tasks_app.pipeline.ci import Green, read_checks, required_names
from tasks_app.services.forge_acts import published_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from closedloop.ports.forge import MergeOrder, PullView
    from tests.fakes.script import Deed
    from tests.simulation.scene import Scene
    from tests.simulation.snapshot import Snapshot

#: By what each act is told apart: the same again is the same act done twice.
_NAMES: dict[str, Callable[[tuple[Any, ...]], object]] = {
    "publish_branch": lambda args: args[0].name,
    "open_pull": lambda args: args[0].head_branch,
    "merge_pull": lambda args: args[0].number,
    "create_tag": lambda args: args[0],
    "open_issue": lambda args: args[0].marker,
    "add_comment": lambda args: args[0].marker,
}


#: After these the forge merges, at once or by itself.
_MERGING = frozenset({"merge_pull", "enable_auto_merge", "enqueue"})


def done_twice(scene: Scene) -> Iterator[str]:
    """At most one of each kind for each subject; what a person took away may be done once more."""
    record = scene.town.forge.script.deeds
    counts = Counter(
        (deed.method, _NAMES[deed.method](deed.args)) for deed in record if deed.method in _NAMES
    )
    for (method, name), count in counts.items():
        if count > 1 + (scene.deleted[str(name)] if method == "publish_branch" else 0):
            yield f"{method} of {name}: {count} times"
    orders = [deed.args[0] for deed in record if deed.method == "merge_pull"]
    traces = Counter((_is_hotfix(order), line) for order in orders for line in _traces(order))
    yield from (f"{count} merges with {line}" for (_, line), count in traces.items() if count > 1)


def _traces(order: MergeOrder) -> list[str]:
    """The tasks that a squash names; of the other ways the history tells."""
    return [line for line in order.message.splitlines() if line.startswith("trace-id: ")]


def told_twice(scene: Scene) -> Iterator[str]:
    """People hear of each thing once."""
    told = Counter((message.title, message.body) for message in scene.town.notifier.messages)
    for (title, body), count in told.items():
        if count > 1 and count > Notification.objects.filter(kind="message", title=title, body=body).count():
            yield f"{title!r} was told {count} times"


def unguarded_merges(scene: Scene, seen: Snapshot) -> Iterator[str]:
    """Each merge was of the recorded head, seen green by the process that merged it."""
    record = scene.town.forge.script.deeds
    for place, deed in enumerate(record):
        if deed.method not in _MERGING:
            continue
        order: MergeOrder = deed.args[0]
        if order.head_sha not in _recorded_heads(order.number, seen):
            yield f"#{order.number} was merged at {order.head_sha[:7]}, which is not the recorded head"
        views = _views(record[:place], deed.by, order)
        if not views or not isinstance(read_checks(views[-1], _required(order, scene)), Green):
            yield f"#{order.number} was merged without its checks having been seen green"


def _recorded_heads(number: int, seen: Snapshot) -> set[str]:
    """The head in the row, or of an attempt that was built anew after a queue had given it back."""
    heads = {row.head_sha for row in seen.numbered() if row.number == number}
    earlier = [attempt for rollback in seen.rollbacks.values() for attempt in rollback.attempt_ids[:-1]]
    opened = Effect.objects.filter(subject_id__in=earlier, kind="pull", result=str(number)) if earlier else []
    return heads | {published_head(effect.subject_id) for effect in opened}


def _views(record: list[Deed], by: object, order: MergeOrder) -> list[PullView]:
    """What the merging process saw of the head it merged."""
    looks: list[dict[int, PullView]] = [d.result for d in record if d.method == "look_at" and d.by == by]
    views = [look[order.number] for look in looks if order.number in look]
    return [view for view in views if view.head_sha == order.head_sha]


def _required(order: MergeOrder, scene: Scene) -> tuple[RequiredCheck, ...]:
    found = scene.world.requirements("main")
    if not _is_hotfix(order):
        return required_names(found, settings.REQUIRED_CHECKS)
    enforced = found.checks if found.is_enforced else ()
    named = {check.name for check in enforced}
    return (*enforced, *(RequiredCheck(name=name) for name in settings.SMOKE_CHECKS if name not in named))


def _is_hotfix(order: MergeOrder) -> bool:
    return "Auto-rollback" in order.title
