"""Sessions of people who come by https travel by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.local.places import ROOT

_SAY = "from closedloop import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"


@pytest.mark.parametrize(
    ("address", "said"), [("https://faq.example.com", "True True"), ("http://127.0.0.1:8000", "False False")]
)
def test_cookies_are_secure_where_people_come_by_https(address, said):
    environment = {**os.environ, "PUBLIC_URL": address}
    told = subprocess.run(
        [sys.executable, "-c", _SAY], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    assert told.stdout.split() == said.split()
