"""The naive flow, as a script of its own: a branch, a pull request and a squash merge for each question.

What one would write first, with PyGithub's own defaults (it repeats what a limit refused, after the pause
that it was told): every question has a thread, which looks at its pull request every 5 s, and begins anew on
the new base when that conflicts, or when PyGithub has given up.

Prints `{"question": …, "seconds": …, "tries": …}` for each that is merged.
"""

from __future__ import annotations

import argparse
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
from github import Auth, Github, GithubException
from requests.exceptions import RequestException

from bench.lanes_questions import question

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

_LOOK_EVERY_S, _AFTER_ERROR_S = 5.0, 10.0
_PATH, _BASE = "docs/FAQ.md", "main"
_REQUIRED = {"lint", "smoke"}
#: The base moved while it was merged.
_MOVED = {405, 409, 422}
_PRINTING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One question on its way."""

    url: str
    repo: str
    token: str = field(repr=False)
    number: int

    def run(self) -> None:
        """From the question to the merge."""
        began, tries = time.monotonic(), 1
        answer = self._answer()
        repo = self._repository()
        while not self._has_merged(repo, answer, tries):
            tries += 1
        said = {"question": question(self.number), "seconds": time.monotonic() - began, "tries": tries}
        with _PRINTING:
            print(json.dumps(said), flush=True)

    def _repository(self) -> Repository:
        client = Github(auth=Auth.Token(self.token), base_url=f"{self.url}/api/v3", timeout=60)
        return client.get_repo(self.repo)

    def _answer(self) -> str:
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question(self.number)}]}
        headers = {"Authorization": "Bearer sk-naive"}
        reply = httpx2.post(f"{self.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
        return str(reply.raise_for_status().json()["choices"][0]["message"]["content"])

    def _has_merged(self, repo: Repository, answer: str, tries: int) -> bool:
        try:
            return self._is_merged(repo, answer, tries)
        except (GithubException, RequestException):
            # PyGithub gave up, refused too often: a job of a queue would be repeated, too.
            time.sleep(_AFTER_ERROR_S)
            return False

    def _is_merged(self, repo: Repository, answer: str, tries: int) -> bool:
        """Publish, wait for CI and merge; False when the base has moved so that it must begin anew."""
        branch = f"naive-{self.number}-{tries}"
        repo.create_git_ref(f"refs/heads/{branch}", repo.get_branch(_BASE).commit.sha)
        page = repo.get_contents(_PATH, ref=branch)
        assert not isinstance(page, list)  # noqa: S101 - a path of a file
        text = f"{page.decoded_content.decode()}\n### {question(self.number)}\n\n{answer}\n"
        title = f"Update FAQ - {question(self.number)}"
        repo.update_file(_PATH, title, text, page.sha, branch=branch)
        pull = repo.create_pull(base=_BASE, head=branch, title=title, body=answer)
        if self._has_gone_in(repo, pull):
            return True
        pull.edit(state="closed")
        repo.get_git_ref(f"heads/{branch}").delete()
        return False

    def _has_gone_in(self, repo: Repository, pull: PullRequest) -> bool:
        while True:
            time.sleep(_LOOK_EVERY_S)
            pull = repo.get_pull(pull.number)
            if pull.mergeable is False:
                return False
            runs = {run.name: run.conclusion for run in repo.get_commit(pull.head.sha).get_check_runs()}
            if not all(runs.get(name) == "success" for name in _REQUIRED):
                continue
            try:
                return pull.merge(merge_method="squash").merged
            except GithubException as refused:
                if refused.status not in _MOVED:
                    raise
                return False


def main() -> None:
    """Run all at once; ends when the last is merged."""
    parser = argparse.ArgumentParser(prog="python -m bench.lanes_naive", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--repo", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--count", type=int, required=True)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    changes = [
        Change(url=asked.url, repo=asked.repo, token=asked.token, number=number)
        for number in range(asked.count)
    ]
    threads = [threading.Thread(target=change.run) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
