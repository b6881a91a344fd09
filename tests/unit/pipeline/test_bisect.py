from __future__ import annotations

import math
import random
from itertools import combinations

import pytest

from tasks_app.pipeline.bisect import (
    Outcome,
    Part,
    divide,
    holds_the_guilty,
    is_ci_ill,
    is_convicted,
    is_doubtful,
    sets_others_free,
)
from tests.unit.pipeline.hunt import hunted, runs_to_find


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [1, 1]), (3, [2, 1]), (31, [16, 15]), (32, [8] * 4), (34, [9, 8, 9, 8])]
)
def test_parts_are_as_equal_as_can_be(count, sizes):
    assert [len(part) for part in divide(range(count))] == sizes


def test_parts_keep_the_order_and_everybody():
    assert [member for part in divide(range(35)) for member in part] == list(range(35))


@pytest.mark.parametrize(("parts", "is_free"), [(2, True), (4, False)])
def test_of_two_parts_the_red_one_says_nothing_of_the_other(parts, is_free):
    assert sets_others_free(parts) is is_free


def part(outcome=Outcome.CLEARED, *, size=2, waiting=2):
    return Part(size=size, waiting=waiting, outcome=outcome)


@pytest.mark.parametrize(
    ("here", "others", "is_known"),
    [
        (part(Outcome.WAITING), [part()], True),
        (part(Outcome.WAITING), [part(), part(), part()], True),
        (part(Outcome.WAITING), [], False),
        (part(Outcome.WAITING), [part(), part(Outcome.WAITING)], False),
        (part(Outcome.WAITING), [part(), part(Outcome.RED)], False),
        (part(Outcome.WAITING), [part(Outcome.VOID)], False),
        (part(Outcome.WAITING, waiting=1), [part()], False),
        (part(Outcome.VOID), [part()], False),
    ],
)
def test_the_last_part_holds_the_guilty_when_all_others_went_through_whole(here, others, is_known):
    assert holds_the_guilty(here, others) is is_known


@pytest.mark.parametrize(("reds", "is_guilty"), [(0, False), (1, False), (2, True), (3, True)])
def test_one_red_run_is_not_enough_to_convict(reds, is_guilty):
    assert is_convicted(reds) is is_guilty


@pytest.mark.parametrize("count", range(2, 130))
def test_one_guilty_among_many_is_found_with_few_runs(count):
    most = max(runs_to_find(count, {guilty}) for guilty in range(count))
    assert most <= 2 * math.log2(count) + 1


def test_three_guilty_among_64_are_found_with_20_runs_at_most_wherever_they_stand():
    dice = random.Random(3)
    at_edges = combinations(sorted({*range(0, 64, 4), *range(3, 64, 8)}), 3)
    spread = [set(places) for places in at_edges] + [set(dice.sample(range(64), 3)) for _ in range(1000)]
    assert max(runs_to_find(64, guilty) for guilty in spread) == 20


@pytest.mark.parametrize(
    ("count", "guilty", "most"), [(64, 4, 27), (64, 8, 48), (100, 3, 25), (100, 5, 40), (32, 4, 24)]
)
def test_more_guilty_ones_are_found_too_and_take_nobody_along(count, guilty, most):
    dice = random.Random(guilty)
    runs = [runs_to_find(count, set(dice.sample(range(count), guilty))) for _ in range(1000)]
    assert max(runs) <= most


def test_of_eight_all_may_be_guilty():
    assert runs_to_find(8, set(range(8))) == 23


@pytest.mark.parametrize(("count", "convicted"), [(16, 7), (64, 5), (100, 2)])
def test_where_everything_is_red_most_are_asked_about(count, convicted):
    hunt = hunted(count, set(range(count)))
    assert (len(hunt.found), len(hunt.asked)) == (convicted, count - convicted)


@pytest.mark.parametrize(("reds", "is_so"), [(16, False), (17, True)])
def test_so_many_reds_in_a_row_are_doubtful(reds, is_so):
    assert is_doubtful(reds) is is_so


@pytest.mark.parametrize(("reds", "is_ill"), [(23, False), (24, True)])
def test_where_everything_is_red_it_is_not_the_tasks(reds, is_ill):
    assert is_ci_ill(reds) is is_ill
