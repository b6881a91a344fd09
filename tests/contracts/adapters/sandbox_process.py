"""The sandbox as a real process with a port of its own: the peer that real adapters talk to."""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

ADMIN_TOKEN = "sandbox-admin-token"
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox, with a plain HTTP client for what people do."""

    base_url: str
    http: httpx2.Client

    @property
    def api_url(self) -> str:
        """REST base for clients."""
        return f"{self.base_url}/api/v3"

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Send a REST request as the administrator and return its JSON."""
        answer = self.http.request(method, f"{self.api_url}{path}", json=body or None)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def new_repository(self, files: dict[str, str]) -> str:
        """Create a repository of its own for one test and return its full name."""
        name = f"r{uuid.uuid4().hex[:10]}"
        self.call("POST", "/orgs/acme/repos", name=name)
        for path, text in files.items():
            self.put_file(f"acme/{name}", path, text, branch="main")
        return f"acme/{name}"

    def put_file(self, repository: str, path: str, text: str, *, branch: str, message: str = "Write") -> str:
        """Write one file as a person and return the commit."""
        found = self.http.get(f"{self.api_url}/repos/{repository}/contents/{path}", params={"ref": branch})
        body = {"message": message, "branch": branch, "content": base64.b64encode(text.encode()).decode()}
        if found.status_code == 200:
            body["sha"] = found.json()["sha"]
        written = self.call("PUT", f"/repos/{repository}/contents/{path}", **body)
        return str(written["commit"]["sha"])

    def arm(self, kind: str, route: str, **values: Any) -> None:
        """Arm a fault for the next request to a route."""
        answer = self.http.post(
            f"{self.base_url}/_sandbox/faults", json={"kind": kind, "route": route, **values}
        )
        answer.raise_for_status()


@contextmanager
def running_sandbox(data_dir: Path) -> Iterator[Sandbox]:
    """Start the sandbox on a free port and stop it in the end."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--no-limits"]
    command += ["--data-dir", str(data_dir), "--token", ADMIN_TOKEN]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().removeprefix("sandbox: ").strip()
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        with httpx2.Client(headers=headers, timeout=10) as http:
            yield Sandbox(base_url=base_url, http=http)
    finally:
        process.terminate()
        process.communicate(timeout=10)
