"""A PyGithub client whose every answer is held against GitHub's description."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from github import Auth, Github
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from tests.contracts.sandbox_forge.openapi import Description


@dataclass(slots=True)
class Judge:
    description: Description = field(default_factory=Description)
    problems: list[str] = field(default_factory=list)
    operations: set[tuple[str, str]] = field(default_factory=set)

    def hear(self, method: str, url: str, answer: Any) -> None:
        path = unquote(urlsplit(url).path).removeprefix("/api/v3")
        if path == "/api/graphql":
            return
        is_json = "json" in answer.headers.get("content-type", "")
        if not is_json and answer.content:
            return
        self.operations.add((method, path))
        self.problems += self.description.problems(method, path, answer.status_code, answer.content)


def judged_client(url: str, token: str | None, judge: Judge) -> Github:
    class Connection(HTTPRequestsConnectionClass):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.session.hooks["response"].append(self._hear)

        def _hear(self, answer: Any, *_: Any, **__: Any) -> None:
            judge.hear(self.verb, answer.url, answer)

    Requester.injectConnectionClasses(Connection, HTTPSRequestsConnectionClass)
    try:
        auth = None if token is None else Auth.Token(token)
        options: dict[str, Any] = {"retry": None, "seconds_between_requests": 0, "seconds_between_writes": 0}
        return Github(base_url=f"{url}/api/v3", auth=auth, **options)
    finally:
        Requester.resetConnectionClasses()
