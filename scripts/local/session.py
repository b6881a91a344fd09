"""One run from the first line to the last. `python -m scripts.local.session` runs it on this interpreter."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.local import data_dir, environment, orphans, ports, screen
from scripts.local.ending import Ending, Stopped
from scripts.local.errors import ending_clearly
from scripts.local.logs import Tail
from scripts.local.options import Options, read_options
from scripts.local.process import Process
from scripts.local.questions import next_question
from scripts.local.stack import Plan, Stack
from scripts.local.supervisor import KeepsDying, NotReady

_LOOK_EVERY_S = 0.1
_FAILED, _INTERRUPTED = 1, 130


def main(arguments: Sequence[str]) -> int:
    """Run on this interpreter, which must have the packages already."""
    options = read_options(arguments)
    return ending_clearly("scripts/run", lambda: run_session(options))


def run_session(options: Options) -> int:
    """Start everything, ask, stay or end; return the exit code. Raises Refused."""
    place = data_dir.prepare(options.data_dir)
    with data_dir.held(place):
        for remark in environment.remarks(os.environ):
            screen.say(remark)
        return Session(options, _plan(options, place)).run()


def _plan(options: Options, place: Path) -> Plan:
    parts = environment.parts_from(os.environ)
    ports.require_free(options.port, purpose="the site", option="--port")
    if not parts.redis:
        ports.require_answer(os.environ["REDIS_URL"], default_port=6379, variable="REDIS_URL")
    if parts.sandbox:
        ports.require_free(options.sandbox_port, purpose="the sandbox", option="--sandbox-port")
    free = {"redis": ports.free_port(), "spool": ports.free_port()}
    chosen = environment.Ports(web=options.port, sandbox=options.sandbox_port, **free)
    return Plan(place=place, ports=chosen, given=os.environ, version=environment.checkout_version())


class Session:
    """A stack, the terminal it talks to, and the signals that end it."""

    def __init__(self, options: Options, plan: Plan) -> None:
        self._options = options
        self._place = plan.place
        self._ending = Ending()
        self._asker: Process | None = None
        self._stack = Stack(plan, screen.say, self._pause)
        self._tail = Tail(plan.place / "logs") if options.verbose else None

    def run(self) -> int:
        """Start, ask, stay or end, and leave no process behind, whatever happens."""
        orphans.adopt()
        self._ending.listen()
        try:
            self._start()
            code = self._ask()
            return code if self._options.exit else self._stay()
        except Stopped:
            return _INTERRUPTED
        except (KeepsDying, NotReady) as error:
            screen.complain(str(error))
            return _FAILED
        finally:
            self._stop()

    def _start(self) -> None:
        began = time.monotonic()
        screen.say("Starting …")
        self._stack.start()
        screen.say(screen.welcome(self._stack, time.monotonic() - began))

    def _ask(self) -> int:
        """Submit the questions, show their way, and return 0 only if all are done."""
        questions = self._questions()
        if not questions:
            return 0
        screen.say("")
        command = [sys.executable, "manage.py", "ask", *questions, "--follow"]
        self._asker = Process(command, self._stack.env, log=None)
        while (code := self._asker.ended()) is None:
            self._look()
        self._asker = None
        return _FAILED if code else 0

    def _questions(self) -> Sequence[str]:
        if self._options.questions or self._options.no_question:
            return self._options.questions
        if not self._stack.parts.forge:
            screen.say("No first question, since this is a real repository; ask one with --question.")
            return ()
        question = next_question(self._place / "asked-questions.txt")
        if question is None:
            screen.say("Every first question was asked here before; ask your own with --question.")
            return ()
        return (question,)

    def _stay(self) -> int:
        screen.say("\nCtrl-C stops everything.")
        try:
            while True:
                self._look()
        except Stopped:
            return 0

    def _look(self) -> None:
        self._stack.tick()
        asking = {self._asker.pid} if self._asker else set()
        orphans.end_adopted(self._stack.pids() | asking)
        self._pause(_LOOK_EVERY_S)

    def _pause(self, seconds: float) -> None:
        if self._tail:
            for line in self._tail.new_lines():
                screen.say(line)
        self._ending.pause(seconds)

    def _stop(self) -> None:
        """Stop gently; a second Ctrl-C meanwhile kills."""
        screen.say("Stopping …")
        if self._asker:
            self._asker.kill()
        try:
            self._stack.stop()
        except Stopped:
            self._stack.kill()
        orphans.end_adopted(())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
