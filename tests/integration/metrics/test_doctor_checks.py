"""The doctor runs the repository's own commands on the base."""

from __future__ import annotations

import pytest

from closedloop.ports.errors import Unavailable
from metrics_app.services.doctor_outside import examinations
from tests.fakes.town import Town


@pytest.fixture
def town(settings) -> Town:
    settings.CHECK_COMMANDS, settings.GITHUB_BASE_BRANCH = ["lint", "spell docs"], "main"
    return Town()


def said(town):
    (asked,) = [one for one in examinations(town.ports) if one.name == "checks"]
    (found,) = asked.ask()
    return found.verdict, found.text


def test_where_none_are_named_that_is_well(town, settings):
    settings.CHECK_COMMANDS = []
    assert said(town) == ("ok", "no CHECK_COMMANDS are set: CI alone judges")


def test_a_base_that_passes_is_well(town):
    assert said(town) == ("ok", "main passes `lint`, `spell docs`")


def test_a_base_that_fails_is_told(town):
    sha = town.world.repository.branches["main"]
    town.own_checks.broken = {sha}
    assert said(town) == ("warn", f"`lint` ends with 1: {sha}")


def test_commands_that_cannot_be_run_are_told(town):
    town.own_checks.script.arm("problem", Unavailable("`lint` cannot be run"))
    assert said(town) == ("warn", "unavailable: `lint` cannot be run")


def test_a_branch_that_is_not_there_is_told(town, settings):
    settings.GITHUB_BASE_BRANCH = "trunk"
    assert said(town) == ("warn", "there is no branch trunk")
