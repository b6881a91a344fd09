"""The arguments of `scripts/run`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.local.places import ROOT

_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person asked for."""

    #: submitted in this order; empty means a question of our own
    questions: tuple[str, ...]
    #: end when the questions are settled, with 0 only if all are done
    exit: bool
    #: submit nothing
    no_question: bool
    #: what survives the run
    data_dir: Path
    #: where the product listens
    port: int
    #: where the sandbox listens
    sandbox_port: int
    #: show the logs of all processes
    verbose: bool


def read_options(arguments: Sequence[str]) -> Options:
    """Parse, or end with a usage line and code 2."""
    parser = _parser()
    found = parser.parse_args(arguments)
    if found.no_question and (found.exit or found.question):
        parser.error("--no-question contradicts --question and --exit")
    if any(not text.strip() for text in found.question):
        parser.error("--question is empty")
    return Options(
        questions=tuple(found.question),
        exit=found.exit,
        no_question=found.no_question,
        data_dir=found.data_dir,
        port=found.port,
        sandbox_port=found.sandbox_port,
        verbose=found.verbose,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        description="Start the whole loop on this machine, ask a first question, and stay until Ctrl-C.",
        epilog="With DATABASE_URL, REDIS_URL, GITHUB_TOKEN and GITHUB_REPO, or OPENAI_API_KEY in the "
        "environment, those are used instead of the embedded parts.",
    )
    parser.add_argument(
        "--question", action="append", default=[], metavar="TEXT", help="ask this (repeatable)"
    )
    parser.add_argument("--no-question", action="store_true", help="start, and ask nothing")
    parser.add_argument(
        "--exit", action="store_true", help="end when the questions are settled; 0 only if all are done"
    )
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / ".data", metavar="DIR", help="what is kept between runs"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="of the site and the admin (8000)"
    )
    parser.add_argument("--sandbox-port", type=_port, default=8801, metavar="N", help="of the sandbox (8801)")
    parser.add_argument("--verbose", action="store_true", help="show the logs of all processes")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{number} is not a port (1 to {_HIGHEST_PORT})")
    return number
