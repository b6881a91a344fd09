"""Who is asked as whom: the pool alone, with hands on its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from closedloop.adapters.github_limits import Errand, Reply
from closedloop.adapters.github_tokens import Credential, TokenPool, fixed_tokens
from closedloop.ports.errors import PortError, RateLimited, Unauthorized, Unavailable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
READ = Errand(resource="core", is_write=False)
LOOK = Errand(resource="graphql", is_write=False)
WRITE = Errand(resource="core", is_write=True)
HOUR = timedelta(hours=1)


class Rig:
    """A pool of the tokens a, b, c … with a clock."""

    def __init__(self, *names: str) -> None:
        self.now = NOON
        self.known: tuple[Credential, ...] = fixed_tokens(*names)
        self.pool = TokenPool(lambda: self.known, clock=lambda: self.now)

    def picked(self, errand: Errand) -> str:
        return self.pool.secret_of(self.pool.pick(errand))

    def answer(self, token: str, errand: Errand, status: int = 200, **headers: object) -> None:
        """Tell the pool of an answer; `left` and `reset` stand for the long names."""
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        if "left" in named:
            reset = headers.get("reset") or int((self.now + HOUR).timestamp())
            named = {"x-ratelimit-remaining": named["left"], "x-ratelimit-limit": "5000",
                     "x-ratelimit-reset": str(reset)}  # fmt: skip
        credential = next(one for one in self.known if one.secret() == token)
        self.pool.note(credential, errand, Reply(status=status, headers=named, body=None))


@pytest.fixture
def rig() -> Rig:
    return Rig("a", "b")


def test_a_read_stays_with_one_token_until_another_has_twice_its_room(rig: Rig):
    rig.answer("a", READ, left=2600)
    assert rig.picked(READ) == "b"
    rig.answer("b", READ, left=1400)
    assert rig.picked(READ) == "b"
    rig.answer("b", READ, left=1300)
    assert rig.picked(READ) == "a"


def test_writes_go_to_the_first_token_whatever_the_others_have_left(rig: Rig):
    rig.answer("a", WRITE, left=1)
    assert rig.picked(WRITE) == "a"


def test_an_empty_token_rests_until_its_reset(rig: Rig):
    rig.answer("a", WRITE, left=0)
    assert rig.picked(WRITE) == "b"
    rig.now += HOUR
    assert rig.picked(WRITE) == "a"


def test_no_reset_however_far_away_silences_a_token_for_more_than_two_hours(rig: Rig):
    rig.answer("a", WRITE, left=0, reset=9_999_999_999)
    assert rig.picked(WRITE) == "b"
    rig.now += 2 * HOUR
    assert rig.picked(WRITE) == "a"


def test_resources_are_counted_apart(rig: Rig):
    rig.answer("a", LOOK, left=0)
    assert (rig.picked(LOOK), rig.picked(WRITE)) == ("b", "a")


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_on_writes_leaves_reads_alone(rig: Rig, status: int):
    rig.answer("a", WRITE, status, retry_after=30)
    assert (rig.picked(WRITE), rig.picked(READ)) == ("b", "a")
    rig.now += timedelta(seconds=30)
    assert rig.picked(WRITE) == "a"


def test_a_429_without_a_time_rests_a_minute(rig: Rig):
    rig.answer("a", WRITE, 429)
    rig.now += timedelta(seconds=59)
    assert rig.picked(WRITE) == "b"
    rig.now += timedelta(seconds=1)
    assert rig.picked(WRITE) == "a"


def test_a_permission_that_is_missing_takes_no_token_out_of_service(rig: Rig):
    rig.answer("a", WRITE, 403)
    assert rig.picked(WRITE) == "a"


def test_when_all_are_at_their_limit_the_earliest_end_is_told(rig: Rig):
    rig.answer("a", WRITE, left=0)
    rig.answer("b", WRITE, 429, retry_after=90)
    with pytest.raises(RateLimited) as caught:
        rig.pool.pick(WRITE)
    assert caught.value.retry_at == NOON + timedelta(seconds=90)


def test_a_refused_token_is_left_alone_for_minutes(rig: Rig):
    rig.answer("a", WRITE, 401)
    rig.now += timedelta(minutes=4)
    assert rig.picked(WRITE) == "b"
    rig.now += timedelta(minutes=1)
    assert rig.picked(WRITE) == "a"


def test_an_accepted_token_is_no_longer_refused(rig: Rig):
    rig.answer("a", WRITE, 401)
    rig.answer("a", WRITE)
    assert rig.picked(WRITE) == "a"


def test_when_all_were_refused_the_one_refused_longest_ago_is_asked(rig: Rig):
    rig.answer("b", WRITE, 401)
    rig.now += timedelta(seconds=1)
    rig.answer("a", WRITE, 401)
    assert rig.picked(WRITE) == "b"


def test_without_a_token_nobody_is_asked():
    with pytest.raises(Unauthorized, match="no token is set"):
        Rig().pool.pick(READ)


def test_a_token_that_is_replaced_takes_over_and_the_old_one_is_forgotten(rig: Rig):
    rig.answer("a", WRITE, left=0)
    rig.known = fixed_tokens("new")
    assert rig.picked(WRITE) == "new"
    rig.known = fixed_tokens("a", "b")
    assert rig.picked(WRITE) == "a"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RateLimited("slow", retry_at=NOON + HOUR), RateLimited("slow", retry_at=NOON)),
        (Unauthorized("no"), Unavailable("no; another token takes over", retry_at=NOON)),
    ],
)
def test_what_one_token_may_not_another_may_at_once(rig: Rig, error: PortError, expected: PortError):
    rig.answer("a", WRITE, 429, retry_after=3600)
    found = rig.pool.relieved(error, WRITE)
    assert (type(found), found.detail, found.retry_at) == (type(expected), expected.detail, expected.retry_at)


def test_a_lonely_token_is_not_relieved():
    rig = Rig("a")
    rig.answer("a", WRITE, 401)
    error = Unauthorized("no")
    assert rig.pool.relieved(error, WRITE) is error


def test_texts_lose_every_token_that_was_used_also_replaced_ones(rig: Rig):
    rig.picked(WRITE)
    rig.known = fixed_tokens("new")
    rig.picked(WRITE)
    assert rig.pool.clean("a new b") == "*** *** b"


def test_the_same_token_twice_is_one():
    assert [one.name for one in fixed_tokens("a", "", "a")] == ["token"]
    assert [one.name for one in fixed_tokens("a", "b", name="T")] == ["T 1 of 2", "T 2 of 2"]


def test_what_happens_to_a_token_is_written_down_without_it():
    rig = Rig("secret-a", "secret-b")
    with capture_logs() as lines:
        rig.answer("secret-a", WRITE, 401)
        rig.answer("secret-b", WRITE, 429, retry_after=9)
    assert [(line["event"], line["token"]) for line in lines] == [
        ("forge_token_refused", "token 1 of 2"),
        ("forge_token_rests", "token 2 of 2"),
    ]
    assert "secret" not in repr(lines)
