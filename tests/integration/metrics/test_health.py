import pytest

from metrics_app.models import HealthReading, QueueCanary, WorkerHeartbeat
from metrics_app.services.probing import probe_health
from scripts.local.ports import free_port
from tests.integration.metrics.rows import NOON, seconds

pytestmark = pytest.mark.usefixtures("world")
PREFIXES = ["/api/v1/health", "/health"]


def alive(*, age_s=0):
    for worker_id, kind in (("io@a", "worker"), ("beat@a", "beat")):
        WorkerHeartbeat.objects.create(
            worker_id=worker_id, kind=kind, last_heartbeat=NOON - seconds(age_s), started_at=NOON
        )


def answering(*, waits_s=None):
    since = NOON - seconds(waits_s) if waits_s else None
    for queue in ("orchestrator", "main"):
        QueueCanary.objects.create(queue=queue, sent_at=NOON, latency_ms=7, waiting_since=since)


def statuses(answer):
    return {name: check["status"] for name, check in answer.json()["checks"].items()}


def test_a_living_process_says_so_without_asking_any_store(client, settings):
    # Without the django_db mark every query would raise.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": settings.APP_VERSION})


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_stores_are_asked_and_timed(client, redis, prefix):
    answer = client.get(prefix)
    assert (answer.status_code, statuses(answer)) == (200, {"database": "ok", "redis": "ok"})
    assert all(check["ms"] >= 0 for check in answer.json()["checks"].values())


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", PREFIXES)
def test_redis_away_is_a_503_that_names_it(client, settings, prefix):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    answer = client.get(f"{prefix}/redis")
    assert (answer.status_code, statuses(answer)) == (503, {"redis": "fail"})
    assert client.get(f"{prefix}/database").status_code == 200


@pytest.mark.django_db
def test_the_whole_loop_is_well_with_a_worker_beat_and_site(client, redis, settings):
    settings.HEALTH_URL = "https://site.test/healthz"
    alive()
    answering()
    answer = client.get("/api/v1/health/detailed")
    assert answer.status_code == 200
    assert set(statuses(answer).values()) == {"ok"}
    assert answer.json()["checks"]["canaries"]["detail"] == "main: 7 ms, orchestrator: 7 ms"


@pytest.mark.django_db
def test_a_stalled_queue_fails_the_whole(client, redis):
    alive()
    answering(waits_s=121)
    answer = client.get("/api/v1/health/detailed")
    assert answer.status_code == 503
    assert answer.json()["checks"]["canaries"]["detail"] == (
        "main: no answer for 121 s, orchestrator: no answer for 121 s"
    )


@pytest.mark.django_db
def test_a_silent_worker_a_full_queue_and_a_broken_site_are_told_apart(client, redis, settings, prober):
    settings.HEALTH_URL = "https://site.test/healthz"
    prober.fail("answered 500")
    redis.rpush("main", *["job"] * 101)
    alive(age_s=121)
    answer = client.get("/api/v1/health/detailed")
    assert answer.status_code == 503
    assert statuses(answer) == {
        "database": "ok", "redis": "ok", "workers": "fail", "beat": "fail", "queues": "warn", "site": "fail",
        "canaries": "warn", "writes": "ok",
    }  # fmt: skip


@pytest.mark.django_db
def test_scheduled_looks_leave_a_reading_each(world, redis, settings, prober):
    settings.HEALTH_URL = "https://site.test/healthz"
    prober.fail("answered 500")
    probe_health(world)
    found = dict(HealthReading.objects.values_list("name", "is_ok"))
    assert found == {
        "database": True, "redis": True, "workers": False, "beat": False, "queues": True, "site": False,
        "forge": True,
    }  # fmt: skip
