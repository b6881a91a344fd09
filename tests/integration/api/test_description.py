from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.integration.api.asking import ask

ROOT = Path(__file__).parents[3]
VENDORS = ["openai", "github", "apprise", "httpx2"]
LOAD_ALL = """
import sys
from closedloop.wsgi import application
from django.urls import get_resolver
get_resolver().url_patterns
from closedloop.wiring import ports
ports()
print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_the_schema_is_complete_and_without_warnings():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    for address in ("faq", "tasks", *(f"tasks/{{task_id}}/{act}" for act in ("retry", "cancel", "rollback"))):
        assert f"/api/agent/{address}:" in out.getvalue()


@pytest.mark.django_db
def test_strangers_read_the_schema_and_the_docs_page(client):
    assert client.get("/api/schema/").status_code == 200
    assert client.get("/api/docs/").status_code == 200


@pytest.mark.django_db
def test_the_docs_page_needs_no_network(client):
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert "//cdn." not in page
    assert 'src="http' not in page
    assert 'href="http' not in page


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
def test_every_answer_names_its_request(client):
    first, second = (ask(client).headers["X-Request-Id"] for _ in range(2))
    assert first != second


def test_a_web_process_never_loads_the_vendors():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD_ALL, *VENDORS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []
