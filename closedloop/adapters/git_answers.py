"""What git says of a remote end, in our words. Pure.

Its messages are English (`LC_ALL=C`). A failure counts as "certainly without effect" only where it is known
to come before anything was sent; whatever is not understood, or was sent, is unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.ports.errors import (
    Conflict,
    Forbidden,
    Moved,
    NotFound,
    PortError,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)

if TYPE_CHECKING:
    from closedloop.adapters.git_program import GitAnswer

_STATUS = re.compile(r"requested URL returned error: (\d{3})|RPC failed; HTTP (\d{3})")
_NO_PASSWORD = re.compile(r"could not read (?:Username|Password)|Authentication failed")
_NO_REPOSITORY = re.compile(r"^fatal: repository .* not found", re.MULTILINE)
_NO_COMMIT = re.compile(r"not our ref")
#: Only the connection was tried; what curl says of it follows.
_NO_CONNECTION = re.compile(r"^fatal: unable to access ", re.MULTILINE)
_CUT_OFF = re.compile(r"RPC failed|hung up unexpectedly|early EOF|unexpected disconnect")
#: `push -v` says so before it sends; https://github.com/git/git/blob/master/remote-curl.c
_SENT = "POST git-receive-pack"
_UNSEEN = "from promisor remote"
_SPOILT = re.compile(
    r"^(?:fatal|error): .*(?:bad object|corrupt|unable to read|Could not read|missing (?:tree|blob|commit))",
    re.MULTILINE,
)
#: Seen to be there before anything was sent, or in the way of the new name.
_EXISTS = re.compile(r"^\[rejected\]|' exists\)")
#: There since git looked, a moment ago: somebody else's, or ours, as curl sends again by itself what got no
#: answer on a connection that was used before.
_APPEARED = re.compile(r"already exists|is at [0-9a-f]{40}|failed to update ref|stale info")
#: Pushed to since git looked: not by us, who were about to delete it.
_ELSEWHERE = re.compile(r"is at [0-9a-f]{40} but expected")
_GONE = re.compile(r"does not exist|reference is missing|unable to resolve reference")
_UNSURE = re.compile(r"internal server error|time-?out|timed out|failed to report status", re.IGNORECASE)
_UNPACKED = re.compile(r"unpacker error|missing necessary objects")
_KINDS: dict[int, type[PortError]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 410: NotFound}
_REDIRECTS = frozenset({301, 302, 307, 308})
_SERVERS_FAULT = 500


class Unseen(Unavailable):
    """The forge did not show that it has the base commit: git would have had to send all of it."""


class Slow(Unavailable):
    """Nothing came in time."""


class Spoilt(Unavailable):
    """The repository on this machine lacks what it should have: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a talk with the remote end failed."""

    kind: type[PortError]
    detail: str
    #: HTTP status, 0 where there was none.
    status: int = 0


def read_failure(answer: GitAnswer) -> Failure | None:
    """Why nothing came; None when it came, or when the remote end is not to blame."""
    if answer.code == 0:
        return None
    if answer.code is None:
        return Failure(kind=Slow, detail="no answer in time")
    if _NO_COMMIT.search(answer.said):
        return Failure(kind=NotFound, detail=_last_words(answer.said))
    if known := _refusal(answer.said):
        return known
    return (
        Failure(kind=Unavailable, detail=_last_words(answer.said)) if _CUT_OFF.search(answer.said) else None
    )


def push_failure(answer: GitAnswer, ref: str, *, is_deletion: bool = False) -> Failure | None:
    """Why `ref` was not pushed; None when it was.

    https://git-scm.com/docs/git-push#_output
    """
    flag, summary = _status_of(ref, answer.out)
    if flag == "=":
        return Failure(kind=Conflict, detail=f"{ref} exists already")
    if flag == "!":
        return _rejection(summary, is_deletion=is_deletion)
    if flag:
        return None
    said = "no answer in time" if answer.code is None else _last_words(answer.said)
    known = _certain_failure(answer)
    return known or Failure(kind=Unknown, detail=said)


def _certain_failure(answer: GitAnswer) -> Failure | None:
    """A failure that left nothing behind; None when that is not proved."""
    known = _refusal(answer.said)
    if answer.code is None or _SENT in answer.said:
        # What a server refuses it has not done; what broke off, or broke over there, it may have.
        return known if known and 0 < known.status < _SERVERS_FAULT else None
    if _UNSEEN in answer.said:
        return Failure(kind=Unseen, detail="the forge does not show that it has the base commit")
    if known is None and _SPOILT.search(answer.said):
        return Failure(kind=Spoilt, detail=_last_words(answer.said))
    return known


def _refusal(said: str) -> Failure | None:
    ours = "\n".join(line for line in said.splitlines() if not line.startswith("remote:"))
    detail, found = _last_words(said), _STATUS.search(ours)
    status = int(found[1] or found[2]) if found else 0
    if _NO_PASSWORD.search(ours):
        status = 401
    elif _NO_REPOSITORY.search(ours):
        status = 404
    if status in _REDIRECTS:
        kind: type[PortError] = Moved
        detail = f"{detail}: the repository was renamed or transferred; set GITHUB_REPO to its new name"
    elif status >= _SERVERS_FAULT or (not status and _NO_CONNECTION.search(ours)):
        kind = Unavailable
    elif status:
        kind = _KINDS.get(status, Refused)
    else:
        return None
    return Failure(kind=kind, detail=detail, status=status)


def _rejection(summary: str, *, is_deletion: bool) -> Failure | None:
    if is_deletion and _GONE.search(summary):
        return None
    kind: type[PortError] = Refused
    if is_deletion and _ELSEWHERE.search(summary):
        kind = Conflict
    elif _UNSURE.search(summary) or (_APPEARED.search(summary) and not summary.startswith("[rejected]")):
        kind = Unknown
    elif _UNPACKED.search(summary):
        kind = Unavailable
    elif _EXISTS.search(summary):
        kind = Conflict
    return Failure(kind=kind, detail=summary)


def _status_of(ref: str, out: bytes) -> tuple[str, str]:
    """Flag and summary of a line `flag, from:to, summary (reason)` with tabs; empty when there is none."""
    for line in out.decode("utf-8", "replace").splitlines():
        flag, *rest = line.split("\t")
        if len(rest) == 2 and rest[0].rpartition(":")[2] == ref:  # noqa: PLR2004 - as documented
            return flag or " ", rest[1]
    return "", ""


def _last_words(said: str) -> str:
    """The line that tells most: the first that is fatal or an error, with what the remote end said before."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith(("fatal:", "error:"))]
    theirs = [line for line in lines if line.startswith("remote:") and line != "remote:"]
    return "; ".join([*theirs[:2], *(ours or lines[-1:])[:1]]) or "git said nothing"
