import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.local.errors import Refused
from scripts.local.venv import Need, Venv, ensure, is_inside, judge, key_of, need_of
from scripts.local.venv_probe import missing_names

FOUND = {"exists": True, "usable": True, "unfinished": False, "stamp": "k", "key": "k"}


@pytest.mark.parametrize(
    ("change", "need"),
    [
        ({}, Need.NOTHING),
        ({"stamp": "older"}, Need.INSTALL),
        ({"stamp": None}, Need.INSTALL),
        ({"exists": False, "stamp": None}, Need.REBUILD),
        ({"usable": False}, Need.REBUILD),
        ({"unfinished": True}, Need.REBUILD),
        ({"unfinished": True, "stamp": None}, Need.REBUILD),
    ],
)
def test_need_follows_from_what_was_found(change, need):
    assert judge(**{**FOUND, **change}) is need


def test_key_changes_with_the_requirements_and_with_python(tmp_path: Path):
    file = tmp_path / "requirements.txt"
    file.write_text("a==1\n")
    before = key_of([file], (3, 11))
    assert key_of([file], (3, 12)) != before
    file.write_text("a==2\n")
    assert key_of([file], (3, 11)) != before


def test_a_deleted_package_is_missed(tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "thing-1.dist-info").mkdir()
    record = tmp_path / "thing-1.dist-info" / "RECORD"
    record.write_text("there/__init__.py,,\ngone/__init__.py,,\nalone.py,,\nthing-1.dist-info/RECORD,,\n")
    assert missing_names(tmp_path) == ["alone.py", "gone"]


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    """An environment in a directory with a space, and a requirement file that needs no network."""
    place = tmp_path / "a checkout"
    place.mkdir()
    (place / "requirements.txt").write_text("# nothing is needed\n", encoding="utf-8")
    return Venv(path=place / ".venv", flavour="run", requirements=(place / "requirements.txt",))


def test_an_environment_is_made_once_and_rebuilt_when_broken(venv: Venv):
    assert ensure(venv)
    assert not ensure(venv)
    assert not is_inside(venv)
    venv.python.unlink()
    venv.python.write_text("not a Python")
    assert need_of(venv) is Need.REBUILD
    assert ensure(venv)
    assert subprocess.check_output([venv.python, "-c", "print(1)"]) == b"1\n"


def test_an_installation_that_was_killed_is_begun_anew(venv: Venv):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv.path], check=True)
    venv.unfinished.touch()
    assert ensure(venv)
    assert (venv.unfinished.exists(), need_of(venv)) == (False, Need.NOTHING)


def test_a_package_that_cannot_be_fetched_is_one_line_and_no_stamp(venv: Venv, monkeypatch):
    pin = "absent-package==1.0 --hash=sha256:" + "0" * 64
    venv.requirements[0].write_text(pin, encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(Refused) as refused:
        ensure(venv)
    reason = "the package index cannot be reached: the first start needs the network once"
    assert str(refused.value) == f"{reason} (details: {venv.log})"
    assert need_of(venv) is Need.REBUILD


def test_what_is_installed_along_need_not_be_installed_again(venv: Venv):
    wider = Venv(path=venv.path, flavour="dev", requirements=venv.requirements, includes=(venv,))
    assert (ensure(wider), ensure(venv)) == (True, False)
