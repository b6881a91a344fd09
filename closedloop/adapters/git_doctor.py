"""What an operator must know about git: is it here, does it reach the repository, how does content go up."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from closedloop.adapters.git_program import MINIMUM, Deadline, GitRun, LocalGit
from closedloop.adapters.github_doctor_tokens import Finding
from closedloop.ports.errors import PortError

if TYPE_CHECKING:
    from closedloop.adapters.git_program import GitProgram
    from closedloop.adapters.git_remote import GitRemote

_BY_REST = "content goes up by REST, one commit per pull request"


class GitDoctor:
    """Asks git and the forge, changes nothing."""

    def __init__(self, program: GitProgram | None, remote: GitRemote, *, patience_s: float) -> None:
        self._program, self._remote, self._patience_s = program, remote, patience_s

    def way(self, wanted: str) -> Finding:
        """Which way is taken when GIT_TRANSPORT is `wanted`."""
        if wanted == "rest":
            return Finding(code="git", is_ok=True, text=f"{_BY_REST}, as GIT_TRANSPORT says")
        if self._program is None:
            oldest = ".".join(map(str, MINIMUM))
            mend = f"Install git {oldest} or newer: one push then carries a commit for each task."
            text = f"git is missing or too old: {_BY_REST}"
            return Finding(code="git", is_ok=False, text=text, mend=mend)
        version = ".".join(map(str, self._program.version()))
        text = f"git {version}: content goes up by one push per pull request"
        return Finding(code="git", is_ok=True, text=text)

    def reach(self, branch: str) -> Finding:
        """Whether git reaches the repository with the token; raises no PortError. Only where there is git."""
        if self._program is None:
            raise LookupError("without git nothing can be reached by it")
        # https://git-scm.com/docs/git-ls-remote
        run = GitRun(arguments=("ls-remote", "origin", f"refs/heads/{branch}"))
        with TemporaryDirectory() as nowhere:
            local = LocalGit(program=self._program, folder=Path(nowhere), deadline=Deadline(self._patience_s))
            try:
                answer = self._remote.read("reach repository", run, local)
            except PortError as error:
                mend = "Let git reach the forge as REST does: the same token, proxy and certificates."
                return Finding(code="reach", is_ok=False, text=f"{error.code}: {error.detail}", mend=mend)
        if answer.code != 0 or not answer.out:
            mend = f"Let a branch {branch} exist."
            text = f"{self._remote.url} shows no branch {branch} to git"
            return Finding(code="reach", is_ok=False, text=text, mend=mend)
        return Finding(code="reach", is_ok=True, text=f"git reaches {self._remote.url}")
