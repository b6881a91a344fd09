"""Clients ask questions: new ones, the same ones again, several at once, some that have no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.wiring import ports
from tasks_app.services.errors import ServiceError
from tasks_app.services.intake import Receipt, Submission, submit
from tests.simulation.scene import THINGS

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.engine import Engine

#: What nobody should publish, and what no document answers.
_ODD = (
    "Why is the sea salty?",
    "What is Lumen?",
    "Is my password hunter2 and key sk-abcdefghijklmnop1234 fine?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client was told."""

    at: datetime
    question: str
    key: str
    receipt: Receipt


class Clients:
    """All that was asked, and what was answered."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.answers: list[Answer] = []
        self._asked = 0

    def ask(self) -> None:
        """Ask one question."""
        dice = self.engine.dice
        question = f"How many rows per page does the {dice.choice(THINGS)} window show?"
        if dice.random() < 0.1:
            question = dice.choice(_ODD)
        if dice.random() < 0.2:
            question = question.upper().replace(" ", "  ")
        self.ask_for(question, dice.choice(("", "", "", f"key-{dice.randint(1, 3)}")))

    def ask_many(self) -> None:
        """Ask several at once, as a batch of them arrives."""
        for _ in range(self.engine.dice.randint(2, 3)):
            self.ask()

    def ask_for(self, question: str, key: str = "") -> None:
        """Ask this."""
        at = self.engine.now

        def work() -> None:
            submission = Submission(
                question=question,
                client="client",
                idempotency_key=key,
                body_hash=question.casefold()[:64] * bool(key),
            )
            try:
                receipt = submit(submission, ports())
            except ServiceError as error:
                self.engine.say(f"refused: {error.detail}")
                return
            self.answers.append(Answer(at=at, question=question, key=key, receipt=receipt))

        self.engine.run(f"ask {question!r} {key}".strip(), work)
