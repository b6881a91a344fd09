import errno
import os
import socket
from pathlib import Path

import pytest

from scripts.local import data_dir, logs, ports, probes
from scripts.local.errors import Refused, ending_clearly, refusal_of
from scripts.local.kept import kept_in
from scripts.local.pip_errors import refusal_from_pip
from scripts.local.questions import QUESTIONS, next_question
from scripts.local.redis_config import write_config
from scripts.local.restarts import GiveUp, RestartAt, decide_restart


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_named_with_the_option_that_mends_it(listener):
    line = f"^port {listener} for the site is in use: choose another with --port$"
    with pytest.raises(Refused, match=line):
        ports.require_free(listener, purpose="the site", option="--port")


def test_a_port_that_is_free_can_be_listened_on():
    port = ports.free_port()
    ports.require_free(port, purpose="the site", option="--port")
    assert 18_000 <= port < 32_000


def test_a_given_server_that_is_away_is_named():
    url = f"redis://:secret@127.0.0.1:{ports.free_port()}/0"
    with pytest.raises(
        Refused, match=r"^REDIS_URL: nobody answers at 127\.0\.0\.1:\d+ \(connection refused\)$"
    ):
        ports.require_answer(url, default_port=6379, variable="REDIS_URL")


def test_a_first_death_is_answered_quickly_and_later_ones_slower():
    pauses = [decide_restart([100.0] * deaths, 100.0) for deaths in (1, 2, 3, 4)]
    expected = [pytest.approx(seconds) for seconds in (100.1, 100.3, 100.9, 102.7)]
    assert [pause.at_s for pause in pauses if isinstance(pause, RestartAt)] == expected


def test_five_deaths_within_thirty_seconds_are_too_many():
    assert decide_restart([0.0, 7.0, 14.0, 21.0, 29.9], 29.9) == GiveUp(deaths=5)


def test_deaths_long_ago_are_forgiven():
    assert decide_restart([0.0, 1.0, 2.0, 3.0, 40.0], 40.0) == RestartAt(at_s=40.1)


def test_values_are_kept_readable_by_the_owner_only(tmp_path: Path):
    file = tmp_path / "secrets.json"
    first = kept_in(file)
    assert kept_in(file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_torn_file_of_values_is_made_anew(tmp_path: Path):
    file = tmp_path / "secrets.json"
    file.write_text('{"secret_key": "abc')
    assert len(kept_in(file).secret_key) >= 24


def test_a_second_run_on_the_same_directory_is_refused(tmp_path: Path):
    with data_dir.held(tmp_path), pytest.raises(Refused) as refused, data_dir.held(tmp_path):
        pass
    holder = f"is used by another run (process {os.getpid()})"
    assert str(refused.value) == f"{tmp_path} {holder}: stop it, or choose another --data-dir"


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused) as refused:
        data_dir.prepare(tmp_path / "file" / "data")
    assert (
        str(refused.value)
        == f"data directory {tmp_path}/file/data: not a directory; choose another with --data-dir"
    )


def test_a_nearly_full_disk_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(
        Refused, match=r"^the disk is full: 5 MB are free for .*, 200 MB are needed; .* --data-dir$"
    ):
        data_dir.require_space(tmp_path, free_bytes=5 * 2**20)


def test_a_disk_that_fills_up_is_one_line(capsys):
    def fill() -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "some/file")

    assert ending_clearly("scripts/run", fill) == 2
    assert capsys.readouterr().err == (
        "scripts/run: the disk is full: some/file could not be written; free some space\n"
    )


def test_an_error_that_is_not_the_disks_keeps_its_traceback():
    assert refusal_of(OSError(errno.ECONNRESET, "reset")) is None


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("...Failed to establish a new connection: [Errno -3]...", "the package index cannot be reached"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        (
            "The virtual environment was not created: ensurepip is not available.",
            "this Python comes without venv",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
            "a downloaded package differs from its pinned hash",
        ),
        ("noise\nERROR: something new\n\n", "installing the packages failed: ERROR: something new"),
    ],
)
def test_pips_lines_are_told_in_one(output, meaning):
    told = str(refusal_from_pip(output, "the log"))
    assert told.startswith(meaning)
    assert told.endswith("(details: the log)")
    assert "\n" not in told


def test_the_password_of_redis_is_not_for_others(tmp_path: Path):
    (tmp_path / "redis").mkdir()
    file = write_config(tmp_path, "redis", port=20_000, password="pw")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "requirepass pw\n" in file.read_text()
    assert "appendonly yes\n" in file.read_text()


@pytest.mark.parametrize(("name", "fsync"), [("redis", "everysec"), ("spool", "always")])
def test_only_the_spool_pays_for_writing_through(tmp_path: Path, name: str, fsync: str):
    (tmp_path / name).mkdir()
    text = write_config(tmp_path, name, port=20_000, password="pw").read_text()
    assert f"appendfsync {fsync}\n" in text
    assert "maxmemory-policy noeviction\n" in text


def test_each_start_asks_something_new_until_all_was_asked(tmp_path: Path):
    asked = [next_question(tmp_path / "asked.txt") for _ in range(len(QUESTIONS) + 1)]
    assert asked == [*QUESTIONS, None]


def test_a_tail_hands_out_whole_lines_once(tmp_path: Path):
    log = tmp_path / "web.log"
    tail = logs.Tail(tmp_path)
    log.write_text("one\ntw", encoding="utf-8")
    first = tail.new_lines()
    log.write_text("one\ntwo\n", encoding="utf-8")
    assert (first, tail.new_lines(), tail.new_lines()) == (["[web] one"], ["[web] two"], [])


def test_the_previous_runs_logs_are_kept_beside(tmp_path: Path):
    (tmp_path / "web.log").write_text("old")
    logs.put_aside(tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("web.log.1", "old")]


def test_words_must_stand_on_one_line():
    assert probes.says("x\nio@host ready.\n", "io@", " ready")
    assert not probes.says("io@host starts\nnot ready\n", "io@", " ready")
