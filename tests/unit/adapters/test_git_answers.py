"""What git says, in our words: certain only where it is proved."""

from __future__ import annotations

import pytest

from closedloop.adapters.git_answers import Slow, Spoilt, Unseen, push_failure, read_failure
from closedloop.adapters.git_program import GitAnswer
from closedloop.ports.errors import (
    Conflict,
    Forbidden,
    Moved,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)

REF = "refs/heads/ours/a"
SHA = "a" * 40
ADDRESS = "'https://forge.test/acme/handbook.git/'"
ACCESS = f"fatal: unable to access {ADDRESS}: "
SENT = "Pushing to https://forge.test/acme/handbook.git\nPOST git-receive-pack (1172 bytes)\n"
HUNG_UP = "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up\n"


def answer(said="", out="", code=128):
    return GitAnswer(code=code, out=out.encode(), said=said)


def line(flag, summary, ref=REF):
    return f"To https://forge.test/acme/handbook.git\n{flag}\t{SHA}:{ref}\t{summary}\nDone\n"


@pytest.mark.parametrize(
    ("out", "kind"),
    [
        (line("=", "[up to date]"), Conflict),
        (line("!", "[rejected] (stale info)"), Conflict),
        (line("!", "[rejected] (already exists)"), Conflict),
        (line("!", f"[remote rejected] (cannot lock ref '{REF}': 'refs/heads/ours' exists)"), Conflict),
        (line("!", f"[remote rejected] (cannot lock ref '{REF}': reference already exists)"), Unknown),
        (line("!", f"[remote rejected] (cannot lock ref '{REF}': is at {SHA} but expected {SHA})"), Unknown),
        (line("!", "[remote rejected] (failed to update ref)"), Unknown),
        (line("!", "[remote rejected] (Internal Server Error)"), Unknown),
        (line("!", "[remote failure] (remote failed to report status)"), Unknown),
        (line("!", "[remote rejected] (unpacker error)"), Unavailable),
        (line("!", "[remote rejected] (push declined due to repository rule violations)"), Refused),
        (line("!", "[remote rejected] (shallow update not allowed)"), Refused),
        (line("*", "[new branch]", "refs/heads/other"), Unknown),
    ],
)
def test_a_ref_that_was_not_pushed(out, kind):
    failure = push_failure(answer(SENT, out, 1), REF)
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize("flag", ["*", " ", "+"])
def test_a_ref_that_was_pushed(flag):
    assert push_failure(answer(SENT, line(flag, "[new branch]"), 0), REF) is None


def test_what_is_deleted_already_is_deleted():
    gone = f"!\t:{REF}\t[remote rejected] (cannot lock ref '{REF}': unable to resolve reference '{REF}')\n"
    assert push_failure(answer(SENT, gone, 1), REF, is_deletion=True) is None


@pytest.mark.parametrize(
    "summary",
    [
        "[rejected] (stale info)",
        f"[remote rejected] (cannot lock ref '{REF}': is at {SHA} but expected {SHA})",
    ],
)
def test_what_somebody_pushed_to_is_not_deleted(summary):
    failure = push_failure(answer(SENT, f"!\t:{REF}\t{summary}\n", 1), REF, is_deletion=True)
    assert failure is not None
    assert failure.kind is Conflict


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"{ACCESS}Failed to connect to forge.test port 443: Connection refused", Unavailable),
        (f"{ACCESS}SSL certificate problem: self-signed certificate", Unavailable),
        (f"{ACCESS}The requested URL returned error: 503", Unavailable),
        (f"remote: Write access denied.\n{ACCESS}The requested URL returned error: 403", Forbidden),
        (f"{ACCESS}The requested URL returned error: 301", Moved),
        ("fatal: could not read Username for 'https://forge.test': terminal prompts disabled", Unauthorized),
        (f"remote: Invalid username or token.\nfatal: Authentication failed for {ADDRESS}", Unauthorized),
        (f"remote: Repository not found.\nfatal: repository {ADDRESS} not found", NotFound),
        (f"fatal: could not fetch {SHA} from promisor remote\nfatal: the remote end hung up", Unseen),
        (f"fatal: bad object {SHA}\nfatal: the remote end hung up unexpectedly", Spoilt),
        (f"remote: fatal: unable to access {ADDRESS}: 403", Unknown),
        ("something that no git said before", Unknown),
        ("", Unknown),
    ],
)
def test_before_anything_was_sent_a_known_failure_is_certain(said, kind):
    failure = push_failure(answer(said), REF)
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403\n{HUNG_UP}", Forbidden),
        (f"error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\n{HUNG_UP}", Unknown),
        (f"error: RPC failed; curl 52 Empty reply from server\n{HUNG_UP}", Unknown),
        (f"{ACCESS}Recv failure: Connection reset by peer", Unknown),
        (f"fatal: could not fetch {SHA} from promisor remote", Unknown),
        (f"fatal: bad object {SHA}", Unknown),
    ],
)
def test_once_it_was_sent_only_a_refusal_is_certain(said, kind):
    failure = push_failure(answer(SENT + said), REF)
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize("said", ["", SENT, f"{ACCESS}Failed to connect"])
def test_a_push_that_was_stopped_is_unknown(said):
    failure = push_failure(answer(said, code=None), REF)
    assert failure is not None
    assert failure.kind is Unknown


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"fatal: remote error: upload-pack: not our ref {SHA}", NotFound),
        ("fatal: the remote end hung up unexpectedly", Unavailable),
        (f"{ACCESS}The requested URL returned error: 500", Unavailable),
    ],
)
def test_a_read_that_failed_over_there(said, kind):
    failure = read_failure(answer(said))
    assert failure is not None
    assert failure.kind is kind


def test_a_read_that_took_too_long_is_slow():
    failure = read_failure(answer(code=None))
    assert failure is not None
    assert failure.kind is Slow


@pytest.mark.parametrize("said", ["fatal: Unable to create 'shallow.lock': File exists.", f"error: {SHA}"])
def test_what_fails_here_is_not_the_forges_fault(said):
    assert read_failure(answer(said)) is None


def test_the_line_that_tells_is_shown():
    said = f"remote: Write access denied.\n{ACCESS}The requested URL returned error: 403"
    failure = push_failure(answer(said), REF)
    assert failure is not None
    assert (failure.detail, failure.status) == ("; ".join(said.splitlines()), 403)
