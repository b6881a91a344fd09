"""A real sandbox process, and sentences about it that the tests are made of."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "sandbox-world-token"
REPO = "acme/handbook"
FAQ = "docs/FAQ.md"
_ROOT = Path(__file__).parents[3]
_GREEN = {"success", "skipped", "neutral"}
Found = TypeVar("Found")

COMMIT = (
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
)


def eventually(look: Callable[[], Found | None], *, within_s: float = 10.0) -> Found:
    """Look until something is found, at most so long."""
    ends_at = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < ends_at, f"not within {within_s} s: {look}"
        time.sleep(0.01)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox and a client with the administrator's token."""

    base_url: str
    http: httpx2.Client
    pid: int

    def rest(self, method: str, path: str, **body: Any) -> Any:
        """Call the REST API and return its JSON."""
        answer = self.http.request(method, f"/api/v3{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def graphql(self, query: str, **variables: Any) -> Any:
        """Ask by GraphQL and return the data; an error fails the test."""
        answer = self.refused_graphql(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def refused_graphql(self, query: str, **variables: Any) -> Any:
        """Ask by GraphQL and return data and errors."""
        return self.http.post("/api/graphql", json={"query": query, "variables": variables}).json()

    def head(self, branch: str = "main", repo: str = REPO) -> str:
        """Return the commit of a branch."""
        return str(self.rest("GET", f"/repos/{repo}/git/ref/heads/{branch}")["object"]["sha"])

    def text(self, path: str = FAQ, ref: str = "main") -> str:
        """Return a file."""
        found = self.rest("GET", f"/repos/{REPO}/contents/{path}?ref={ref}")
        return base64.b64decode(found["content"]).decode()

    def commit(self, branch: str, files: dict[str, str], message: str = "Change the documents") -> str:
        """Commit files on a new branch and return the commit."""
        self.rest("POST", f"/repos/{REPO}/git/refs", ref=f"refs/heads/{branch}", sha=self.head())
        additions = [
            {"path": path, "contents": base64.b64encode(text.encode()).decode()}
            for path, text in files.items()
        ]
        given = {
            "branch": {"repositoryNameWithOwner": REPO, "branchName": branch},
            "expectedHeadOid": self.head(branch),
            "fileChanges": {"additions": additions},
            "message": {"headline": message},
        }
        return str(self.graphql(COMMIT, input=given)["createCommitOnBranch"]["commit"]["oid"])

    def propose(
        self, branch: str, files: dict[str, str], message: str = "Change the documents"
    ) -> dict[str, Any]:
        """Open a pull request with these files and return it."""
        self.commit(branch, files, message)
        return dict(self.rest("POST", f"/repos/{REPO}/pulls", title=message, head=branch, base="main"))

    def runs(self, sha: str) -> dict[str, Any]:
        """Return the check runs of a commit by name."""
        found = self.rest("GET", f"/repos/{REPO}/commits/{sha}/check-runs")
        return {run["name"]: run for run in found["check_runs"]}

    def verdict(self, sha: str) -> dict[str, str]:
        """Wait until every check run of a commit is completed and return the conclusions."""

        def ended() -> dict[str, Any] | None:
            runs = self.runs(sha)
            return runs if runs and all(run["status"] == "completed" for run in runs.values()) else None

        return {name: run["conclusion"] for name, run in eventually(ended).items()}

    def merge(self, pull: dict[str, Any]) -> str:
        """Wait for green and merge by squash; returns the new tip of main."""
        sha = pull["head"]["sha"]
        assert set(self.verdict(sha).values()) <= _GREEN
        path = f"/repos/{REPO}/pulls/{pull['number']}/merge"
        return str(self.rest("PUT", path, merge_method="squash", sha=sha)["sha"])

    def health(self) -> Any:
        """Return what the live site says of itself."""
        return self.http.get(f"/sites/{REPO}/healthz").json()

    def live(self, sha: str) -> None:
        """Wait until a commit is live."""
        eventually(lambda: self.health().get("version") == sha)

    def arm(self, kind: str, **fields: Any) -> int:
        """Arm a fault and return its number."""
        answer = self.http.post("/_sandbox/faults", json={"kind": kind, **fields})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def chat(self, **body: Any) -> httpx2.Response:
        """Ask the model."""
        given = {"model": "gpt-4o-mini", **body}
        return self.http.post("/v1/chat/completions", json=given, headers={"Authorization": "Bearer sk-test"})


@contextmanager
def running(data_dir: Path, *options: str) -> Iterator[Sandbox]:
    """Start a sandbox on a free port and stop it in the end."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data-dir", str(data_dir), "--token", TOKEN]
    process = subprocess.Popen([*command, *options], cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().removeprefix("sandbox: ").strip()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(base_url=base_url, headers=headers, timeout=20) as http:
            sandbox = Sandbox(base_url=base_url, http=http, pid=process.pid)
            eventually(lambda: sandbox.health().get("version"))
            yield sandbox
    finally:
        process.terminate()
        process.communicate(timeout=10)
