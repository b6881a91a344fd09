"""Pages for people: the overview at `/`, and repositories as one would look at them on GitHub."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pygit2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.faults.armory import ROUTE_KINDS, Armory
from sandbox.forge.pull_reads import pull_commits, pull_files
from sandbox.forge.repos import find_repo
from sandbox.forge.verdicts import latest_runs, latest_statuses
from sandbox.git.commits import resolve
from sandbox.git.diffs import changes_between
from sandbox.git.trees import entry_at, walk_tree
from sandbox.pages import gathering
from sandbox.pages.rendering import page
from sandbox.sinks.mail import Postbox
from sandbox.site.publisher import Publisher
from sandbox.store import Doc
from sandbox.world import World

_LOG, _COMMITS, _ISSUES = 40, 40, 60
_BUTTONS = (
    ("Next CI is red", {"kind": "red_ci"}),
    ("Next CI is 20 s slower", {"kind": "slow_ci", "delay_ms": "20000"}),
    ("Next CI never reports", {"kind": "ci_never"}),
    ("Next release is unhealthy", {"kind": "broken_health", "release": "next"}),
    ("Next release shows errors", {"kind": "broken_page", "release": "next"}),
    ("Next deploy never comes", {"kind": "deploy_never"}),
    ("Next deploy is 20 s slower", {"kind": "slow_deploy", "delay_ms": "20000"}),
    ("Model fails once", {"kind": "status", "route": "POST /v1/chat/completions", "status": "500"}),
    (
        "Next merge answers 502 after merging",
        {"kind": "status_after", "route": "PUT */merge", "status": "502"},
    ),
    ("Secondary limit on next pull request", {"kind": "secondary_limit", "route": "POST */pulls"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The handlers."""

    #: The sandbox.
    world: World
    #: Armed faults.
    armory: Armory
    #: The live sites.
    publisher: Publisher
    #: The mail server.
    postbox: Postbox

    async def overview(self, request: Request) -> Response:
        """Show everything at a glance."""
        world = self.world
        return page(
            "overview.html",
            live="live" in request.query_params,
            base_url=world.config.base_url,
            repos=gathering.repo_cards(world, self.publisher),
            faults=self.armory.armed(),
            buttons=_BUTTONS,
            route_kinds=sorted(ROUTE_KINDS),
            pulls=gathering.pull_rows(world),
            queue=gathering.queue_rows(world),
            deployments=gathering.deployment_rows(world),
            deliveries=gathering.delivery_rows(world),
            chat=gathering.chat_rows(world),
            sinks=gathering.sink_rows(world),
            smtp_port=self.postbox.port,
            log=world.log.since(0)[-_LOG:][::-1],
        )

    def _repo(self, request: Request) -> Doc | None:
        return find_repo(self.world, "{owner}/{name}".format(**request.path_params))

    def _issue(self, repo: Doc | None, request: Request) -> Doc | None:
        return (
            self.world.store.get(f"issue:{repo['full_name']}", request.path_params["number"])
            if repo
            else None
        )

    def _shown(self, template: str, repo: Doc, **values: Any) -> Response:
        return page(template, repo=repo["full_name"], **values)

    async def repo(self, request: Request) -> Response:
        """Show a repository: files, pull requests, issues, commits."""
        repo = self._repo(request)
        if repo is None:
            return page("missing.html", 404)
        tip = resolve(self.world.git.open(repo["full_name"]), repo["default_branch"])
        entries = walk_tree(tip.tree) if tip else ()
        return page(
            "repo.html",
            repo=repo,
            paths=[path for path, entry in entries if isinstance(entry, pygit2.Blob)],
            issues=self.world.store.all(f"issue:{repo['full_name']}")[-_ISSUES:][::-1],
            commits=gathering.latest_commits(self.world, repo, _COMMITS),
        )

    async def pull(self, request: Request) -> Response:
        """Show a pull request with checks, commits and diff."""
        repo = self._repo(request)
        pull = self._issue(repo, request)
        if repo is None or pull is None or not pull["pull"]:
            return page("missing.html", 404)
        name = repo["full_name"]
        return self._shown(
            "pull.html",
            repo,
            pull=pull,
            state="merged" if pull["merged_at"] else pull["state"],
            runs=latest_runs(self.world, name, pull["head_sha"]),
            statuses=latest_statuses(self.world, name, pull["head_sha"]),
            comments=self.world.store.find(f"comment:{name}", "issue", pull["number"]),
            commits=[gathering.commit_row(commit) for commit in pull_commits(self.world, repo, pull)],
            files=pull_files(self.world, repo, pull),
        )

    async def issue(self, request: Request) -> Response:
        """Show an issue."""
        repo = self._repo(request)
        issue = self._issue(repo, request)
        if repo is None or issue is None:
            return page("missing.html", 404)
        comments = self.world.store.find(f"comment:{repo['full_name']}", "issue", issue["number"])
        return self._shown("issue.html", repo, issue=issue, comments=comments)

    async def commit(self, request: Request) -> Response:
        """Show a commit with its checks and diff."""
        repo = self._repo(request)
        found = resolve(self.world.git.open(repo["full_name"]), request.path_params["sha"]) if repo else None
        if repo is None or found is None:
            return page("missing.html", 404)
        name = repo["full_name"]
        parent = str(found.parent_ids[0]) if found.parent_ids else None
        files = changes_between(self.world.git.open(name), parent, str(found.id))
        runs = latest_runs(self.world, name, str(found.id))
        return self._shown("commit.html", repo, commit=gathering.commit_row(found), runs=runs, files=files)

    async def blob(self, request: Request) -> Response:
        """Show a file at a branch, tag or commit; a branch name may hold slashes."""
        repo, parts = self._repo(request), request.path_params["rest"].split("/")
        for cut in range(1, len(parts)) if repo else ():
            ref, path = "/".join(parts[:cut]), "/".join(parts[cut:])
            found = resolve(self.world.git.open(str(repo and repo["full_name"])), ref)
            entry = entry_at(found.tree, path) if found else None
            if repo and isinstance(entry, pygit2.Blob):
                text = None if entry.is_binary else entry.data.decode("utf-8", "replace")
                return self._shown("blob.html", repo, ref=ref, path=path, text=text)
        return page("missing.html", 404)

    async def run(self, request: Request) -> Response:
        """Show a check run with what it printed."""
        repo = self._repo(request)
        number = request.path_params["number"]
        found = self.world.store.get(f"check_run:{repo['full_name']}", number) if repo else None
        return self._shown("run.html", repo, run=found) if repo and found else page("missing.html", 404)

    def routes(self) -> Sequence[BaseRoute]:
        """Serve them all."""
        at = "/{owner}/{name}"
        return (
            Route("/", self.overview),
            Route(f"{at}/pull/{{number:int}}", self.pull),
            Route(f"{at}/issues/{{number:int}}", self.issue),
            Route(f"{at}/commit/{{sha}}", self.commit),
            Route(f"{at}/blob/{{rest:path}}", self.blob),
            Route(f"{at}/runs/{{number:int}}", self.run),
            Route(f"{at}/actions/runs/{{suite:int}}/job/{{number:int}}", self.run),
            Route(at, self.repo),
        )
