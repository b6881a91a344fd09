"""A job that runs until it is let go; loaded into real workers by `--include`."""

from celery import shared_task
from django.conf import settings
from redis import Redis

NAME = "tests.slow"
QUEUE = "slow"


@shared_task(name=NAME)
def slow(row_id, gate):
    Redis.from_url(settings.REDIS_URL).blpop([gate], timeout=60)
