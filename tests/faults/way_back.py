"""What has to happen so that every point of the way back is passed: rollbacks by policy and by operators."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import httpx2

from bench.lanes_person import Person
from bench.lanes_world import let_people_push
from tests.acceptance.world import FAQ
from tests.faults.plays import struck, while_armed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.faults.ruins import Ruins

#: Automatic rollbacks in an hour; what comes after them asks an operator.
SETTINGS = {"PROBE_PAUSE_S": "0.3", "DEPLOY_TIMEOUT_S": "4", "ROLLBACKS_PER_HOUR": "3"}
#: What happens once in each way back.
CONFIRMING = ("healthy_again", "pause_in_confirming", "resume_rollback", "rollback_asks", "rolled_back")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def late_deploys(world: Ruins, questions: Sequence[str], token: str) -> None:
    """Deploys that never come; another question's brings all, and an operator has them watched again."""
    next_one, *late = questions
    ids = []
    for question in while_armed(world, late, "wait_for_deploy", "release_failed"):
        world.arm("deploy_never")
        ids.append(world.ask(question))
        world.reaches(ids[-1], "failed")
    world.reaches(world.ask(next_one), "done")
    for one in ids:
        world.until(lambda: _retried(world, one, token), "the retry is taken")  # noqa: B023
        world.reaches(one, "done")


def _retried(world: Ruins, one: str, token: str) -> bool:
    world.press(one, "retry", token)
    return not world.is_at(one, "failed")


def taken_back(world: Ruins, questions: Iterable[str]) -> None:
    """A release breaks the site's health and is taken back by itself.

    While health is being confirmed the site is unwell again, until people are asked and resume.
    """
    for question in while_armed(world, questions, *CONFIRMING):
        world.arm("broken_health", release="next", status=503)
        one = world.ask(question)
        world.until(lambda: rollback_of(world, one).get("state") == "confirming", "the revert is live")  # noqa: B023
        world.arm("broken_page", status=500, times=None)
        world.until(lambda: world.is_at(one, "needs_operator"), "people are asked")  # noqa: B023
        world.disarm()
        press_in_admin(world, one, "resume")
        world.reaches(one, "rolled_back")


def given_up(world: Ruins, questions: Iterable[tuple[str, str]], token: str) -> None:
    """An operator rolls back, CI refuses the hotfix, merges wait; the operator gives up and merges go on."""
    pairs = dict(questions)
    for question in while_armed(world, pairs, "give_up_rollback", "rollback_waits"):
        one = world.ask(question)
        world.reaches(one, "done")
        world.arm("slow_ci", branch="hotfix/*", delay_ms=2500)
        world.arm("red_ci", branch="hotfix/*", check="smoke")
        world.until(lambda: _rolled_back(world, one, token), "the rollback begins")  # noqa: B023
        waiting = world.ask(pairs[question])
        world.until(lambda: world.is_at(one, "needs_operator"), "people are asked")  # noqa: B023
        world.until(struck(world, "wait_for_gate"), "the next one waits at the gate")
        press_in_admin(world, one, "give_up")
        world.reaches(one, "failed")
        world.reaches(waiting, "done")


def _rolled_back(world: Ruins, one: str, token: str) -> bool:
    world.press(one, "rollback", token)
    return bool(rollback_of(world, one))


def not_taken_back(world: Ruins, questions: Iterable[str]) -> None:
    """Too many rollbacks within the hour: people decide."""
    for question in while_armed(world, questions, "verification_asks"):
        world.arm("broken_health", release="next", status=503)
        world.reaches(world.ask(question), "needs_operator", "rolled_back")
        world.disarm()


def built_anew(world: Ruins, questions: Iterable[str], token: str) -> None:
    """Somebody writes right behind the entry while the revert's checks run, so that both conflict as text."""
    let_people_push(world)
    person = Person(world)
    for number, question in enumerate(while_armed(world, questions, "rebuild_revert")):
        one = world.ask(question)
        world.reaches(one, "done")
        world.arm("slow_ci", branch="hotfix/*", delay_ms=4000)
        world.until(lambda: _rolled_back(world, one, token), "the rollback begins")  # noqa: B023
        world.until(
            lambda: rollback_of(world, one).get("state") == "awaiting_checks",  # noqa: B023
            "the hotfix waits for its checks",
        )
        mark = f"[//]: # (closedloop:{one})"
        behind = partial(_write_behind, mark=mark, line=f"A person's line {number}.")
        person.write(lambda clone: behind(clone / FAQ), f"By hand {number}")  # noqa: B023
        world.reaches(one, "rolled_back")


def _write_behind(page: Path, *, mark: str, line: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert mark in text
    page.write_text(text.replace(mark, f"{mark}\n\n{line}"), encoding="utf-8")


def rollback_of(world: Ruins, task_id: str) -> dict[str, str]:
    """The newest rollback of a task; empty when there is none."""
    found = world.rows(
        "SELECT r.* FROM rollback_app_rollback r JOIN rollback_app_rollback_tasks t ON t.rollback_id = r.id"
        " WHERE t.task_id = ? ORDER BY r.decided_at DESC",
        UUID(task_id).hex,
    )
    return found[0] if found else {}


def press_in_admin(world: Ruins, task_id: str, act: str) -> None:
    """Press a rollback's button as a person would, again when nobody answers, until it has left its wait."""
    row = rollback_of(world, task_id)
    address = f"/admin/rollback_app/rollback/{UUID(row['id'])}/act/{act}/"
    with httpx2.Client(base_url=world.stack.web_url, timeout=30, follow_redirects=True) as person:
        _log_in(world, person)

        def press() -> bool:
            page = world.insist(partial(person.get, address), act)
            if found := _TOKEN.search(page.text):
                said = {"csrfmiddlewaretoken": found[1], "reason": "mended"}
                world.insist(partial(person.post, address, data=said), act)
            return rollback_of(world, task_id)["state"] != "needs_operator"

        world.until(press, f"{act} is done")


def _log_in(world: Ruins, person: httpx2.Client) -> None:
    page = world.insist(partial(person.get, "/admin/login/"), "the login page")
    found = _TOKEN.search(page.text)
    assert found, page.text[:500]
    who = {"username": "admin", "password": world.stack.admin_password, "csrfmiddlewaretoken": found[1]}
    answer = world.insist(partial(person.post, "/admin/login/?next=/admin/", data=who), "the login")
    assert "sessionid" in person.cookies, answer.text[:500]
