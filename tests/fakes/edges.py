"""The smaller ports in memory: model, deploy watcher, notifier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from closedloop.ports.deployer import LiveVersion
from closedloop.ports.llm import ChatReply, ChatRequest
from tests.fakes.script import Script, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from closedloop.ports.notifier import Message

EMPTY_JSON = json.dumps({})


class FakeModel:
    """Says what it was told to say, a text or what a function makes of the request."""

    def __init__(
        self, content: str | Callable[[ChatRequest], str] = EMPTY_JSON, *, name: str = "fake-model"
    ) -> None:
        self.script = Script()
        self.content = content
        self.name = name
        self.finish_reason = "stop"

    @scripted
    def complete(self, request: ChatRequest) -> ChatReply:
        content = self.content(request) if callable(self.content) else self.content
        return ChatReply(
            content=content,
            model=self.name,
            finish_reason=self.finish_reason,
            prompt_tokens=sum(len(message["content"].split()) for message in request.messages),
            completion_tokens=len(content.split()),
        )

    @scripted
    def ping(self) -> str:
        return self.name


class FakeDeployWatcher:
    """Reports a version, fixed or read at every look (`lambda: forge.world.repository.branches["main"]`)."""

    def __init__(self, version: str | Callable[[], str], *, url: str = "https://site.test/healthz") -> None:
        self.script = Script()
        self.version = version
        self.url = url

    @scripted
    def live_version(self) -> LiveVersion:
        version = self.version() if callable(self.version) else self.version
        return LiveVersion(version=version, url=self.url)


class FakeOwnChecks:
    """Refuses texts that hold a word; a commit itself when it is `broken`."""

    def __init__(self) -> None:
        self.script = Script()
        self.dislikes: tuple[str, ...] = ()
        self.broken: set[str] = set()

    @scripted
    def problem(self, sha: str, files: Mapping[str, str]) -> str:
        bad = [word for text in files.values() for word in self.dislikes if word in text]
        return f"`lint` ends with 1: {bad or sha}" if bad or sha in self.broken else ""


class FakeNotifier:
    """Keeps what it was asked to send."""

    def __init__(self) -> None:
        self.script = Script()
        self.messages: list[Message] = []

    @scripted
    def notify(self, message: Message, *, served: frozenset[str] = frozenset()) -> None:  # noqa: ARG002
        self.messages.append(message)
