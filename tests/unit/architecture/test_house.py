"""The house rules that no other tool checks: the top level, and the sizes of files and functions."""

from __future__ import annotations

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

#: What the owner fixed, and what stands beside it.
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".importlinter",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "bench",
    "closedloop",
    "docs",
    "manage.py",
    "metrics_app",
    "pyproject.toml",
    "requirements-dev.in",
    "requirements-dev.txt",
    "requirements.in",
    "requirements.txt",
    "rollback_app",
    "sandbox",
    "scripts",
    "static",
    "tasks_app",
    "templates",
    "tests",
}


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", *patterns], capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def code_files():
    return [path for path in tracked("*.py") if "migrations" not in path.parts and path.is_file()]


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.fixture(scope="module")
def product():
    return [path for path in code_files() if "tests" not in path.relative_to(ROOT).parts]


def test_the_top_level_holds_what_was_agreed_and_nothing_else():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} == TOP_LEVEL


def test_no_file_is_longer_than_250_lines():
    long = {
        p.relative_to(ROOT): n for p in code_files() if (n := len(p.read_text("utf-8").splitlines())) > 250
    }
    assert long == {}


def test_half_of_the_files_are_short(product):
    assert statistics.median(len(path.read_text("utf-8").splitlines()) for path in product) <= 80


def test_no_function_is_longer_than_40_lines():
    long = [
        (p.name, node.name, length(node)) for p in code_files() for node in functions(p) if length(node) > 40
    ]
    assert long == []


def test_nothing_is_named_for_having_no_name(product):
    vague = {"utils", "helpers", "common", "base", "manager", "handler", "processor", "misc"}
    # Django looks for a database engine in a module of that name.
    fixed = {Path("closedloop/adapters/hasty_postgresql/base.py")}
    assert {path.relative_to(ROOT) for path in product if path.stem in vague} == fixed
