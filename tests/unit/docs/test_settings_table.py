"""The README's settings table and the sources that read the environment say the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEADING = "## Settings"
#: Sources that name a variable where they read it.
BY_CALL = ["closedloop/settings.py", "scripts/local/checks.py", "scripts/local/stack.py"]
#: Sources that keep the names of variables in tables and constants.
BY_NAME = [
    "closedloop/env.py",
    "scripts/local/environment.py",
    "tasks_app/management/commands/ensure_admin.py",
]
#: Read by a library for us.
READ_ELSEWHERE = {"DATABASE_URL"}  # dj_database_url
#: Set by our own scripts, or no variable at all but an argument of git.
NOT_FOR_PEOPLE = {"DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED", "PYTHONUTF8", "HEAD"}
READERS = {"str", "int", "float", "bool", "comma_list", "get"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_?[A-Z0-9]")
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \|([^|]+)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)


def rows():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    return ROW.findall(section)


def calls(tree):
    """Each reading call with the name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in READERS:
                yield node


def named_by(nodes):
    """The variables among some nodes: constants that look like one."""
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {text for text in texts if VARIABLE.fullmatch(text)}


def read_by_call(tree):
    return named_by(call.args[0] for call in calls(tree))


def read_by_name(tree):
    """Names in the tuples, sets and tables of a module that reads the environment by them."""
    nodes = list(ast.walk(tree))
    listed = [e for n in nodes if isinstance(n, ast.Tuple | ast.List | ast.Set) for e in n.elts]
    keys = [key for n in nodes if isinstance(n, ast.Dict) for key in n.keys]
    return named_by([*listed, *keys, *(n.value for n in nodes if isinstance(n, ast.Assign))])


def variables(read, sources):
    trees = (ast.parse((ROOT / source).read_text(encoding="utf-8")) for source in sources)
    return {name for tree in trees for name in read(tree)}


@pytest.fixture(scope="module")
def known():
    found = variables(read_by_call, BY_CALL) | variables(read_by_name, BY_NAME)
    return (found | READ_ELSEWHERE) - NOT_FOR_PEOPLE


def test_every_variable_that_is_read_has_a_row(known):
    assert known - {name for name, *_ in rows()} == set()


def test_every_row_is_a_variable_that_is_read(known):
    assert {name for name, *_ in rows()} - known == set()


def test_no_variable_has_two_rows():
    names = [name for name, *_ in rows()]
    assert sorted(names) == sorted(set(names))


def written(value):
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if is_number else str(value)


def defaults_in_settings():
    tree = ast.parse((ROOT / "closedloop/settings.py").read_text(encoding="utf-8"))
    for call in calls(tree):
        given = [k.value for k in call.keywords if k.arg == "default"] or call.args[1:]
        literals = [node.value for node in given if isinstance(node, ast.Constant) and node.value != ""]
        yield from ((name, written(value)) for name in named_by(call.args[:1]) for value in literals)


def said_default(name):
    said = next((default for row, _, default, _ in rows() if row == name), "")
    return said.strip().strip("`").replace(" ", "")  # thousands are set apart by a blank


@pytest.mark.parametrize(("name", "default"), sorted(set(defaults_in_settings())))
def test_the_default_in_the_table_is_the_one_in_the_code(name, default):
    assert said_default(name) == default
