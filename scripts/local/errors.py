"""What a person is told when the machine stands in the way: one line, then exit code 2."""

import errno
import sys
from collections.abc import Callable

#: exit code of every refusal, apart from 1 = "it ran, and the answer is no"
REFUSED = 2

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Refused(Exception):  # noqa: N818 - a decision with a reason, not a fault of the program
    """The machine or the arguments do not allow to go on; the text is one line that names the mend."""


def refusal_of(error: OSError) -> Refused | None:
    """Say in one line what the disk refused; None for an error that is not the disk's."""
    place = error.filename or "something"
    if error.errno in _FULL:
        return Refused(f"the disk is full: {place} could not be written; free some space")
    if error.errno in _CLOSED:
        return Refused(f"{place} cannot be written: this user lacks the right, or the disk is read-only")
    return None


def ending_clearly(script: str, work: Callable[[], int]) -> int:
    """Run `work` and turn every refusal into one line on stderr and code 2; 130 after Ctrl-C."""
    try:
        return work()
    except KeyboardInterrupt:
        return 130
    except Refused as refusal:
        return _refuse(script, refusal)
    except OSError as error:
        reason = refusal_of(error)
        if reason is None:
            raise
        return _refuse(script, reason)


def _refuse(script: str, refusal: Refused) -> int:
    print(f"{script}: {refusal}", file=sys.stderr, flush=True)
    return REFUSED
