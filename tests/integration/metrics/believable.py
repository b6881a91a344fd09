"""A day of a believable installation, for the page's tests."""

from metrics_app.models import Alert, WorkerHeartbeat
from rollback_app.models import Release, Rollback
from tests.integration.metrics.rows import pull, seconds, settled_task

QUESTIONS = (
    "How do I rotate an API key without downtime?",
    "Wie exportiere ich alle Rechnungen eines Jahres auf einmal?",
    "如何为整个团队启用单点登录？",
    "كيف ألغي اشتراكي في منتصف الشهر؟",
    "<script>alert('x')</script> & <b>bold</b>?",
    "What happens to files that were shared with people who have left the workspace, and who owns them?",
)


def fill(now):
    """Tasks of two weeks, workers, one open alert, a release and a rollback."""
    for index in range(60):
        state = "failed" if index % 23 == 5 else "done"
        settled_task(
            state, at=now - seconds(index * 1_900 + index**2 * 240), tte_s=2 + index * 7 % 31,
            question=QUESTIONS[index % len(QUESTIONS)], code="ci_failed" if state == "failed" else "",
            pr_url=f"https://forge.test/acme/handbook/pull/{index + 1}", is_degraded=index % 11 == 3,
        )  # fmt: skip
    settled_task("merging", at=now, settled_at=None, settled_state="", question=QUESTIONS[0])
    _workers(now)
    Alert.objects.create(
        key="worker_stale:io@b", severity="critical", title="Worker io@b is silent",
        detail="No heartbeat for 312 s.", fired_at=now - seconds(200), last_seen_at=now,
    )  # fmt: skip
    _changes(now)


def _workers(now):
    for name, kind, age_s in (
        ("io@a", "worker", 1),
        ("main@a", "worker", 0),
        ("io@b", "worker", 312),
        ("beat@a", "beat", 1),
    ):
        WorkerHeartbeat.objects.create(
            worker_id=name, kind=kind, last_heartbeat=now - seconds(age_s), started_at=now - seconds(9_000),
            status="idle", app_version="8d10418", tasks_completed=412, cpu_percent=7, memory_mb=88,
        )  # fmt: skip
    WorkerHeartbeat.objects.filter(pk="io@a").update(
        status="running", running_jobs=2, current_job="tasks.merge", job_started_at=now - seconds(1)
    )


def _changes(now):
    merged = pull("orchestrator/faq-1", at=now, state="merged", number=7, url="https://forge.test/pull/7")
    release = Release.objects.create(
        pull=merged,
        environment="production",
        sha="4f1d0c9a" * 5,
        state="failed",
        merged_at=now,
        entered_at=now,
    )
    Rollback.objects.create(
        release=release, reason="the answer was not on the page", is_automatic=True, state="done",
        head_branch="hotfix/rollback-1", number=8, url="https://forge.test/pull/8", detected_at=now,
        decided_at=now, entered_at=now, actor="policy",
    )  # fmt: skip
