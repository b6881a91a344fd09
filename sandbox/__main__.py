"""`python -m sandbox`: serve the practice world on a loopback port until told to stop."""

import argparse
import asyncio
import os
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import uvicorn

from sandbox.app import build_app
from sandbox.config import Config
from sandbox.web.transport import HangUpProtocol

_HOST = "127.0.0.1"
_BACKLOG = 1024
#: seconds left to running requests when the process is asked to end
_GRACE_S = 0.2
#: seconds after which the process ends in any case
_PATIENCE_S = 0.8


def main() -> None:
    """Read the arguments, bind the port, print the URL, serve."""
    options = _parser().parse_args()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, options.port))
    except OSError as error:
        sys.exit(f"sandbox: port {options.port} cannot be used: {error.strerror}")
    listener.listen(_BACKLOG)
    config = Config(
        data_dir=options.data_dir,
        repo=options.repo,
        token=options.token,
        base_url=f"http://{_HOST}:{listener.getsockname()[1]}",
        hook_url=options.hook_url,
        hook_secret=options.hook_secret,
        limits=not options.no_limits,
        pace=options.pace,
    )
    app = build_app(config)
    print(f"sandbox: {config.base_url}", flush=True)  # noqa: T201 - whoever starts the process waits for this line
    settings = uvicorn.Config(app, http=HangUpProtocol, log_level="warning", access_log=False)
    _PromptServer(settings).run(sockets=[listener])


class _PromptServer(uvicorn.Server):
    """Ends within a second of being asked: cuts off requests under way, and waits for no thread.

    What was confirmed to a client is on disk already, so that leaving at once loses nothing.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end on a signal, and see to it that it does end."""
        last_resort = threading.Timer(_PATIENCE_S, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and have running requests cancelled if they take longer than the grace."""
        asyncio.get_running_loop().call_later(_GRACE_S, self._cut_off)
        await super().shutdown(sockets)

    def _cut_off(self) -> None:
        for task in self.server_state.tasks:
            task.cancel()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="GitHub, CI, a site and a model, to practise on."
    )
    parser.add_argument("--port", type=int, default=8801, help="0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--repo", default="acme/handbook", help="owner/name")
    parser.add_argument("--token", required=True, help="token of the repository's administrator")
    parser.add_argument("--hook-url", help="register a webhook for the repository")
    parser.add_argument("--hook-secret", default="", help="signs deliveries to --hook-url")
    parser.add_argument("--no-limits", action="store_true", help="switch GitHub's rate limits off")
    parser.add_argument("--pace", action="store_true", help="refuse more than one write a second")
    return parser


if __name__ == "__main__":
    main()
