"""A person at the admin: pages are opened and forms sent as a browser does, with CSRF checked."""

from __future__ import annotations

import html
import re

from django.contrib.messages import get_messages
from django.test import Client

from closedloop.ports.forge import CheckOutcome
from tasks_app.models import Task

_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Desk:
    """A logged-in client that refuses to be careless."""

    def __init__(self, user):
        self.user = user
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(user)

    def open(self, address, status=200):
        """The text of a page."""
        answer = self.client.get(address)
        assert answer.status_code == status, answer.status_code
        return answer.content.decode()

    def send(self, address, page, **fields):
        """Send the form of a page that was opened; the answer."""
        hidden: dict[str, list[str]] = {}
        for name, value in _INPUT.findall(page):
            hidden.setdefault(name, []).append(html.unescape(value))
        return self.client.post(address, {**hidden, **fields})

    def press(self, address, reason="the answer is wrong"):
        """Open a button's page, give a reason, send it."""
        return self.send(address, self.open(address), reason=reason)

    def choose(self, address, action, ids):
        """Choose rows of a list and an action; the page that asks for a reason."""
        return self.send(address, self.open(address), action=action, _selected_action=[str(pk) for pk in ids])


def said(answer):
    """The messages that an answer left for its reader."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def task_page(pk):
    return f"/admin/tasks_app/task/{pk}/change/"


def button(pk, name, of="tasks_app/task"):
    return f"/admin/{of}/{pk}/act/{name}/"


TASKS = "/admin/tasks_app/task/"
OTHER = "What does an export hold?"


def two_together(town):
    """Two done tasks of one pull request: they waited while another was under CI."""
    town.world.ci = None
    town.ask("How many requests may one send per minute?")
    town.work_off()
    ids = [town.ask(), town.ask(OTHER)]
    town.work_off()
    town.world.ci = CheckOutcome.SUCCESS
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[1].head_sha, name, CheckOutcome.SUCCESS)
    town.settle()
    assert Task.objects.filter(pk__in=ids, state="done").values("pull").distinct().count() == 1
    return ids
