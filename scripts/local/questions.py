"""First questions for the handbook in the sandbox: its documents answer them, its FAQ does not yet."""

from pathlib import Path

QUESTIONS = (
    "How many requests per minute may an API key send?",
    "How long is the version history kept?",
    "What works without a network?",
    "What may a guest do in a workspace?",
    "For how long can a deleted workspace be brought back?",
    "How are webhook deliveries signed?",
)


def next_question(asked_file: Path) -> str | None:
    """Return a question that was not asked in this data directory yet, and note it; None after the last.

    An old one would only be declined: the FAQ answers it already.
    """
    asked = asked_file.read_text(encoding="utf-8").splitlines() if asked_file.exists() else []
    for question in QUESTIONS:
        if question not in asked:
            asked_file.write_text("\n".join([*asked, question, ""]), encoding="utf-8")
            return question
    return None
