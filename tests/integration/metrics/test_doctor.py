import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from closedloop.ports.errors import Unauthorized, Unavailable
from closedloop.wiring import use
from metrics_app.models import HealthReading, WorkerHeartbeat
from scripts.local.ports import free_port
from tests.fakes.edges import FakeDeployWatcher, FakeModel
from tests.integration.metrics.rows import NOON, seconds

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return FakeModel()


@pytest.fixture(autouse=True)
def outside(world, model, redis, redis_url, settings):
    """Everything that needs no forge is there."""
    settings.HEALTH_URL = "https://site.test/healthz"
    settings.GITHUB_REPO = settings.GITHUB_TOKEN = ""
    settings.OPENAI_API_KEY = "a-key"
    for name, kind in (("io@a", "worker"), ("beat@a", "beat")):
        WorkerHeartbeat.objects.create(worker_id=name, kind=kind, last_heartbeat=NOON, started_at=NOON)
    watcher = FakeDeployWatcher("4f1d0c9a" * 5)
    with use(replace(world, model=lambda: model, deployer=lambda: watcher)):
        yield


@pytest.fixture(autouse=True)
def _broker(redis_url):
    from closedloop.celery import app  # noqa: PLC0415

    before = app.conf.broker_url
    app.conf.update(broker_url=redis_url, broker_write_url=redis_url)
    yield
    app.conf.update(broker_url=before, broker_write_url=before)


def examined():
    """Verdicts by name, with the exit code."""
    out, code = StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    findings = json.loads(out.getvalue())["findings"]
    return {finding["name"]: finding for finding in findings}, code


def test_what_works_is_found_to_work_and_what_is_missing_is_named():
    found, code = examined()
    assert {name: finding["verdict"] for name, finding in found.items()} == {
        "settings": "ok", "git": "ok", "checks": "ok", "database": "ok", "migrations": "ok", "redis": "ok",
        "broker": "ok",
        "queues": "ok", "workers": "ok", "beat": "ok", "forge": "FAIL", "webhook": "warn", "model": "ok",
        "site": "ok", "notifier": "warn", "sentry": "warn",
    }  # fmt: skip
    assert (found["forge"]["mend"], code) == ("Set GITHUB_REPO and GITHUB_TOKEN.", 1)


def test_the_doctor_leaves_nothing_behind(redis):
    examined()
    assert (HealthReading.objects.count(), redis.keys("doctor*")) == (0, [])


def test_a_redis_that_evicts_is_a_failure(redis):
    before = redis.config_get("maxmemory*")
    redis.config_set("maxmemory", "100mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        found, _ = examined()
    finally:
        redis.config_set("maxmemory-policy", before["maxmemory-policy"])
        redis.config_set("maxmemory", before["maxmemory"])
    assert (found["redis"]["verdict"], "noeviction" in found["redis"]["mend"]) == ("FAIL", True)


def test_a_redis_that_is_away_is_a_failure_and_the_rest_is_looked_at(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    found, _ = examined()
    assert (found["redis"]["verdict"], found["database"]["verdict"]) == ("FAIL", "ok")


def test_an_open_migration_is_named():
    MigrationRecorder.Migration.objects.filter(app="metrics_app").delete()
    found, _ = examined()
    assert found["migrations"]["verdict"] == "FAIL"
    assert "metrics_app.0001_initial" in found["migrations"]["text"]


def test_a_silent_worker_is_no_worker():
    WorkerHeartbeat.objects.filter(pk="io@a").update(last_heartbeat=NOON - seconds(121))
    found, _ = examined()
    assert found["workers"]["text"] == "io@a is silent for over two minutes"


@pytest.mark.parametrize(("error", "verdict"), [(Unavailable("504"), "warn"), (Unauthorized("401"), "FAIL")])
def test_a_model_that_is_out_is_bearable_and_a_wrong_key_is_not(model, error, verdict):
    model.script.arm("ping", error)
    assert examined()[0]["model"]["verdict"] == verdict


def test_without_a_key_nobody_is_asked(model, settings):
    settings.OPENAI_API_KEY = ""
    found = examined()[0]["model"]
    assert (found["verdict"], model.script.count("ping")) == ("warn", 0)


def test_people_read_a_line_each_with_the_mend_below():
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out, no_color=True)
    lines = out.getvalue().splitlines()
    mend = lines[lines.index("FAIL  forge      no repository is named") + 1]
    assert (mend.strip(), lines[-1]) == (
        "→ Set GITHUB_REPO and GITHUB_TOKEN.",
        "1 failed, 3 to know about, 16 looked at",
    )
