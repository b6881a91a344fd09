import pytest

from metrics_app.services.projections import project_days
from tests.integration.metrics.rows import NOON, seconds, settled_task

pytestmark = pytest.mark.django_db


def test_the_copies_hold_ids_scored_by_their_time(redis):
    task = settled_task(tte_s=12)
    settled_task("failed")
    project_days(NOON)
    assert redis.get("agent:metrics:success:20260301") == "1"
    assert redis.get("agent:metrics:failure:20260301") == "1"
    assert redis.zrange("agent:metrics:tte:20260301", 0, -1, withscores=True) == [(str(task.pk), 12_000.0)]


def test_writing_again_replaces_the_copies(redis):
    task = settled_task(tte_s=12)
    project_days(NOON)
    task.delete()
    project_days(NOON)
    assert redis.get("agent:metrics:success:20260301") == "0"
    assert redis.zcard("agent:metrics:tte:20260301") == 0


def test_copies_fade(redis):
    settled_task(tte_s=12)
    project_days(NOON)
    copies = redis.keys("agent:metrics:*")
    assert copies
    assert all(0 < redis.ttl(key) <= 8 * 86_400 for key in copies)


def test_just_after_midnight_the_day_before_gets_its_last_seconds(redis):
    settled_task(at=NOON + seconds(12 * 3600 - 1), tte_s=12)
    project_days(NOON + seconds(12 * 3600 + 60))
    assert redis.get("agent:metrics:success:20260301") == "1"
    assert redis.get("agent:metrics:success:20260302") == "0"
