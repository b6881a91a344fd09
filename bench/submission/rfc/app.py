"""The RFC's own design: Flask, a Redis hash per task, an RQ queue. Nothing outlives Redis."""

from __future__ import annotations

import os
import unicodedata
import uuid
from datetime import UTC, datetime
from hashlib import sha256

from flask import Flask, Response, jsonify, request
from redis import Redis
from rq import Queue

TTL_S = 3600
#: The RFC's figures: a job may run for 10 minutes, its result is kept for a day.
JOB_TIMEOUT_S, RESULT_TTL_S = 600, 86_400

application = Flask(__name__)
_redis = Redis.from_url(os.environ["REDIS_URL"])
_queue = Queue("orchestrator", connection=_redis)


def work(task_id: str, question: str) -> str:
    """Stand for the work."""
    return task_id + question


@application.post("/api/agent/faq")
def ask() -> tuple[Response, int]:
    """Store the hash and queue the job."""
    body = request.get_json()
    question = body.get("question") if isinstance(body, dict) else None
    if not isinstance(question, str) or not question.strip():
        return jsonify(error="question is required"), 400
    normal = " ".join(unicodedata.normalize("NFC", question).casefold().split())
    key = f"agent:faq:hash:{sha256(normal.encode()).hexdigest()}"
    if known := _redis.get(key):
        return jsonify(task_id=str(known), status="queued"), 202
    task_id, now = str(uuid.uuid4()), datetime.now(UTC).isoformat()
    job = _queue.enqueue(
        "bench.submission.rfc.app.work",
        task_id,
        question,
        job_timeout=JOB_TIMEOUT_S,
        result_ttl=RESULT_TTL_S,
    )
    fields = {
        "status": "queued",
        "question": question,
        "trace_id": task_id,
        "job_id": job.id,
        "created_at": now,
    }
    _redis.hset(f"agent:task:{task_id}", mapping=dict(fields.items()))
    _redis.expire(f"agent:task:{task_id}", TTL_S)
    _redis.set(key, task_id, ex=TTL_S)
    url = f"{request.url_root}api/agent/tasks/{task_id}"
    return jsonify(task_id=task_id, trace_id=task_id, status="queued", status_url=url), 202
