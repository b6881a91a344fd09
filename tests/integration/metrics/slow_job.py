"""Jobs that run until they are let go; loaded into real workers by `--include`."""

from celery import shared_task
from django.conf import settings
from redis import Redis

from closedloop.ports.traffic import Kind
from closedloop.wiring import traffic_tally

NAME = "tests.slow"
#: Waits the same way, and pushes to the forge at its very end.
PUSHING = "tests.push"
QUEUE = "slow"


@shared_task(name=NAME)
def slow(row_id, gate):
    Redis.from_url(settings.REDIS_URL).blpop([gate], timeout=60)


@shared_task(name=PUSHING)
def push(row_id, gate):
    slow(row_id, gate)
    traffic_tally().count(Kind.GIT_PUSH)
