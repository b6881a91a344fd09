import pytest

from metrics_app.slo.canary import LONGEST_LOOK_S, Look, Silence, listen, sent

START = Silence(at_s=0.0, begun=0)
WAITING = sent(START, has_left=True)


def look(at_s, begun=0, *, is_full=False):
    return Look(at_s=at_s, begun=begun, is_full=is_full)


def after(silence, *looks):
    for one in looks:
        silence = listen(silence, one)
    return silence


def test_silence_grows_while_a_canary_is_under_way():
    assert after(WAITING, look(2), look(4)).lasted_s == 4


def test_any_beginning_ends_it_and_the_next_canary_starts_it_anew():
    heard = after(WAITING, look(2), look(4, begun=1), look(6, begun=1))
    assert (heard.lasted_s, heard.is_waiting) == (0, False)
    assert after(sent(heard, has_left=True), look(8, begun=1)).lasted_s == 2


def test_nothing_is_missed_before_a_canary_has_left():
    assert after(START, look(2), look(4)).lasted_s == 0


def test_a_broker_that_is_away_starts_the_clock_again():
    away = sent(after(WAITING, look(3), look(6)), has_left=False)
    assert (away.lasted_s, after(away, look(9)).lasted_s) == (0, 0)


def test_a_full_pool_stops_the_clock():
    assert after(WAITING, look(2), look(4, is_full=True), look(6, is_full=True), look(8)).lasted_s == 4


@pytest.mark.parametrize("at_s", [1000, -1000])
def test_a_process_that_stood_still_misses_one_look_at_most(at_s):
    assert after(WAITING, look(at_s)).lasted_s == (LONGEST_LOOK_S if at_s > 0 else 0)
