"""Acts on the outside world: looked up before they are repeated, and what each ending leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from closedloop.ports.errors import PortError, Refused, Unavailable, Unknown
from tasks_app.models import Effect, WriteBudget, WriteCharge
from tasks_app.services.budget import Paused
from tasks_app.services.commit import LostClaim
from tasks_app.services.effects import EffectOrder, as_announced, note_announced, note_found, perform

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECT, OTHER = UUID(int=1), UUID(int=2)
A_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Outside:
    """The other end: what a look finds, what an act meets, and how often each was asked."""

    found: str | None = None
    #: Raised by acts; None: they succeed.
    error: PortError | None = None
    #: What somebody else does while we look, and while we act.
    while_looking: Callable[[], object] = lambda: None
    while_acting: Callable[[], object] = lambda: None
    asked: list[str] = field(default_factory=list)

    def look(self) -> str | None:
        self.asked.append("look")
        self.while_looking()
        return self.found

    def act(self) -> str:
        self.asked.append("act")
        self.while_acting()
        if self.error:
            raise self.error
        return "made"


@pytest.fixture
def outside(town) -> Outside:
    return Outside()


def order(outside: Outside, **changes: Any) -> EffectOrder:
    first = EffectOrder(subject_id=SUBJECT, kind="tag", name="v1", look_up=outside.look, act=outside.act)
    return replace(first, **changes)


def intend(town, **columns: Any) -> Effect:
    """Somebody wrote the intent down before us."""
    kept = {"subject_id": SUBJECT, "kind": "tag", "name": "v1", "intended_at": town.now - A_MINUTE}
    return Effect.objects.create(**{**kept, **columns})


def row(*names: str) -> tuple[object, ...]:
    found: tuple[object, ...] = Effect.objects.values_list(*names).get(subject_id=SUBJECT)
    return found


def paid() -> int:
    return sum(WriteCharge.objects.values_list("writes", flat=True))


def test_a_fresh_act_is_tried_at_once_and_written_down(town, outside):
    assert perform(order(outside), town.ports) == "made"
    assert outside.asked == ["act"]
    assert row("kind", "name", "status", "result", "attempts") == ("tag", "v1", "done", "made", 1)
    assert row("intended_at", "tried_at", "settled_at") == (town.now, town.now, town.now)


def test_the_intent_stands_before_the_act(town, outside):
    seen: list[object] = []
    outside.while_acting = lambda: seen.append(row("status", "attempts", "tried_at"))
    perform(order(outside), town.ports)
    assert seen == [("intended", 1, town.now)]


def test_what_is_done_is_neither_looked_up_nor_repeated(town, outside):
    intend(town, status="done", result="made before")
    assert perform(order(outside), town.ports) == "made before"
    assert (outside.asked, paid()) == ([], 0)


def test_what_a_look_finds_is_settled_without_acting(town, outside):
    intend(town, attempts=1, tried_at=town.now, status="unknown")
    outside.found = "found"
    assert perform(order(outside), town.ports) == "found"
    assert (outside.asked, paid()) == (["look"], 0)
    assert row("status", "result", "attempts", "settled_at") == ("done", "found", 1, town.now)


def test_an_intent_of_which_nothing_is_found_is_carried_out(town, outside):
    intend(town, attempts=1)
    assert perform(order(outside, writes=3), town.ports) == "made"
    assert (outside.asked, row("attempts", "result"), paid()) == (["look", "act"], (2, "made"), 3)


def test_a_lost_answer_leaves_it_open(town, outside):
    outside.error = Unknown("no answer")
    with pytest.raises(Unknown):
        perform(order(outside), town.ports)
    assert row("status", "attempts", "tried_at", "settled_at") == ("unknown", 1, town.now, None)


def test_a_lost_answer_does_not_reopen_what_somebody_found_meanwhile(town, outside):
    outside.error = Unknown("no answer")
    outside.while_acting = lambda: note_found(SUBJECT, "tag", "seen", town.ports)
    with pytest.raises(Unknown):
        perform(order(outside), town.ports)
    assert row("status", "result") == ("done", "seen")


@pytest.mark.parametrize("error", [Unavailable("down"), Refused("no")])
def test_an_act_that_certainly_had_no_effect_is_as_if_never_tried(town, outside, error):
    outside.error = error
    with pytest.raises(type(error)):
        perform(order(outside), town.ports)
    assert row("status", "attempts", "tried_at") == ("intended", 1, None)


def test_only_our_own_try_is_taken_back(town, outside):
    later = town.now + A_MINUTE
    outside.error = Unavailable("down")
    outside.while_acting = lambda: Effect.objects.update(tried_at=later)
    with pytest.raises(Unavailable):
        perform(order(outside), town.ports)
    assert row("tried_at") == (later,)


def test_what_might_not_show_yet_is_not_repeated(town, outside):
    nearly = A_MINUTE - timedelta(microseconds=1)
    intend(town, attempts=1, tried_at=town.now - nearly, status="unknown")
    with pytest.raises(Unavailable, match="tag v1 may have happened and would not show yet"):
        perform(order(outside, shows_after=A_MINUTE), town.ports)
    assert (outside.asked, row("attempts"), paid()) == (["look"], (1,), 0)


def test_what_would_show_by_now_and_does_not_is_tried_again(town, outside):
    intend(town, attempts=1, tried_at=town.now - A_MINUTE, status="unknown")
    assert perform(order(outside, shows_after=A_MINUTE), town.ports) == "made"
    assert (outside.asked, row("attempts"), paid()) == (["look", "act"], (2,), 1)


def test_what_was_never_tried_need_not_show(town, outside):
    intend(town)
    assert perform(order(outside, shows_after=A_MINUTE), town.ports) == "made"


@pytest.mark.parametrize(("tried_ago", "result", "asked"), [(A_MINUTE, "", []), (None, "made", ["act"])])
def test_where_nobody_can_be_asked_a_try_counts_as_done(town, outside, tried_ago, result, asked):
    intend(town, attempts=1, tried_at=town.now - tried_ago if tried_ago else None)
    assert perform(order(outside, look_up=None), town.ports) == result
    assert (outside.asked, row("status", "result")) == (asked, ("done", result))


def test_of_two_who_found_nothing_only_the_first_acts(town, outside):
    intend(town)
    outside.while_looking = lambda: Effect.objects.update(attempts=1)
    with pytest.raises(Unavailable, match="by somebody else"):
        perform(order(outside), town.ports)
    assert (outside.asked, row("attempts", "tried_at")) == (["look"], (1, None))


def test_a_long_result_is_given_back_whole_and_kept_cut(town, outside):
    intend(town)
    outside.found = "x" * 501
    assert perform(order(outside), town.ports) == "x" * 501
    assert row("result") == ("x" * 500,)


def test_other_subjects_and_kinds_are_acts_of_their_own(town, outside):
    for changes in ({}, {"subject_id": OTHER}, {"kind": "issue"}):
        assert perform(order(outside, **changes), town.ports) == "made"
    assert (outside.asked, Effect.objects.count()) == (["act"] * 3, 3)


def test_what_has_to_wait_for_the_budget_leaves_no_intent(town, outside):
    WriteBudget.objects.create(name="forge", paced_until=town.now, blocked_until=town.now + A_MINUTE)
    with pytest.raises(Paused) as paused:
        perform(order(outside), town.ports)
    assert paused.value.until == town.now + A_MINUTE
    assert (outside.asked, Effect.objects.count()) == ([], 0)


def test_acts_elsewhere_cost_nothing(town, outside):
    perform(order(outside, writes=0), town.ports)
    assert (outside.asked, WriteCharge.objects.count()) == (["act"], 0)


def test_seeing_an_outcome_settles_that_act_alone(town):
    intend(town, status="unknown")
    intend(town, kind="issue")
    intend(town, subject_id=OTHER)
    note_found(SUBJECT, "tag", "seen", town.ports)
    note_found(SUBJECT, "tag", "seen again", town.ports)
    assert set(Effect.objects.values_list("subject_id", "kind", "status", "result", "settled_at")) == {
        (SUBJECT, "tag", "done", "seen", town.now),
        (SUBJECT, "issue", "intended", "", None),
        (OTHER, "tag", "intended", "", None),
    }


def test_a_claim_that_is_lost_before_the_act_leaves_no_try_behind(town, outside):
    def lose():
        raise LostClaim

    outside.while_acting = lose
    with pytest.raises(LostClaim):
        perform(order(outside), town.ports)
    assert row("status", "tried_at") == ("intended", None)


def test_what_was_announced_is_told_from_what_somebody_made_of_it(town, outside):
    assert as_announced(SUBJECT, "tag", "found") == "found"
    intend(town, status="unknown")
    assert as_announced(SUBJECT, "tag", "found") == "found"
    for number in range(12):
        note_announced(SUBJECT, "tag", f"sha-{number}")
    found = [as_announced(SUBJECT, "tag", name) for name in ("sha-2", "sha-1", "else")]
    assert found == ["sha-2", "sha-11", "sha-11"]


def test_nothing_is_announced_of_what_is_done(town, outside):
    intend(town, status="done", result="made")
    note_announced(SUBJECT, "tag", "later")
    assert row("result") == ("made",)
