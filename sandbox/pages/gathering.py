"""What the pages show, read from the store and the repositories."""

from itertools import islice
from typing import Any

import pygit2

from sandbox.chat.api import JOURNAL as CHAT
from sandbox.forge.deployments import statuses_of
from sandbox.forge.merge_queue import position_of, state_of
from sandbox.forge.verdicts import latest_runs
from sandbox.git.commits import history
from sandbox.journal import Journal
from sandbox.sinks.mail import JOURNAL as MAIL
from sandbox.sinks.messages import JOURNAL as MESSAGES
from sandbox.sinks.sentry import JOURNAL as SENTRY
from sandbox.sinks.sentry import title_of
from sandbox.site.publisher import Publisher
from sandbox.store import Doc
from sandbox.trees import head_of
from sandbox.world import World

_FEW, _SOME = 8, 25
Shown = dict[str, Any]


def commit_row(commit: pygit2.Commit) -> Shown:
    """Show a commit in one line, with its whole message beside."""
    return {
        "sha": str(commit.id),
        "title": commit.message.partition("\n")[0],
        "message": commit.message,
        "author": commit.author.name,
        "parents": [str(parent) for parent in commit.parent_ids],
    }


def latest_commits(world: World, repo: Doc, count: int) -> list[Shown]:
    """Show the newest commits of the default branch."""
    git = world.git.open(repo["full_name"])
    head = head_of(git, repo["default_branch"])
    return [commit_row(commit) for commit in islice(history(git, head), count)] if head else []


def repo_cards(world: World, publisher: Publisher) -> list[Shown]:
    """Show every repository with what is live."""
    return [
        {**repo, "live": publisher.live(repo["full_name"]), "commits": latest_commits(world, repo, _FEW)}
        for repo in world.store.all("repo")
    ]


def _names(world: World) -> list[str]:
    return [repo["full_name"] for repo in world.store.all("repo")]


def pull_rows(world: World) -> list[Shown]:
    """Show the newest pull requests of all repositories."""
    rows = [
        {
            **pull,
            "repo": name,
            "state": "merged" if pull["merged_at"] else pull["state"],
            "runs": latest_runs(world, name, pull["head_sha"]),
        }
        for name in _names(world)
        for pull in world.store.all(f"issue:{name}")[-_SOME * 2 :]
        if pull["pull"]
    ]
    return sorted(rows, key=lambda row: str(row["updated_at"]), reverse=True)[:_SOME]


def queue_rows(world: World) -> list[Shown]:
    """Show what waits in merge queues, the first to be merged first."""
    rows = []
    for repo in world.store.all("repo"):
        for entry in world.store.all(f"queue_entry:{repo['full_name']}"):
            place = position_of(world, repo["full_name"], entry)
            state = state_of(world, repo, entry).lower()
            rows.append({**entry, "repo": repo["full_name"], "position": place, "state": state})
    return sorted(rows, key=lambda row: (row["repo"], row["base"], row["position"]))


def deployment_rows(world: World) -> list[Shown]:
    """Show the newest deployments with their latest state."""
    rows = []
    for name in _names(world):
        for deployment in world.store.all(f"deployment:{name}")[-_FEW:]:
            told = statuses_of(world, name, deployment)
            rows.append({**deployment, "state": told[0]["state"] if told else "pending"})
    return rows[::-1]


def delivery_rows(world: World) -> list[Shown]:
    """Show the newest webhook deliveries."""
    return [dict(one) for name in _names(world) for one in world.store.all(f"delivery:{name}")[-_FEW * 2 :]][
        ::-1
    ]


def chat_rows(world: World) -> list[Shown]:
    """Show the newest calls of the model."""
    return Journal(world.store, CHAT).entries()[-_FEW:][::-1]


def _sentry_row(item: Shown) -> Shown:
    payload = item["payload"]
    title = title_of(payload) if item["type"] == "event" else str(payload.get("monitor_slug", item["type"]))
    return {"kind": "sentry", "title": title, "text": str(payload.get("release", "")), "at": item["at"]}


def sink_rows(world: World) -> list[Shown]:
    """Show the newest messages, Sentry events and check-ins, and mail."""
    rows = [{**one, "title": one["name"]} for one in Journal(world.store, MESSAGES).entries()]
    rows += [{**one, "kind": "mail", "title": one["subject"]} for one in Journal(world.store, MAIL).entries()]
    items = Journal(world.store, SENTRY).entries()
    rows += [_sentry_row(one) for one in items if one["type"] in {"event", "check_in"}]
    return sorted(rows, key=lambda row: str(row["at"]), reverse=True)[:_SOME]
