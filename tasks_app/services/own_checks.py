"""What the repository's own check commands say of a party's file, before CI is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import PortError
from tasks_app.services.commit import keep_claim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest

log = structlog.get_logger(__name__)


def complaint(pull: PullRequest, base_sha: str, files: Mapping[str, str], ports: Ports) -> str:
    """Why they refuse these files; empty when they do not, or have something against the base alone as well.

    Whatever keeps them from telling is left to CI, which judges in any case. Raises LostClaim.
    """
    # They may take their time twice, with the files and without, and longer than any call of a port.
    keep_claim(pull, settings.LEASE + 2 * settings.CHECK_TIMEOUT, ports)
    try:
        checks = ports.own_checks()
        said = checks.problem(base_sha, files)
        is_old = bool(said) and bool(checks.problem(base_sha, {}))
    except PortError as error:
        log.warning("own_checks_left_out", error=error.code, detail=error.detail)
        return ""
    if is_old:
        log.warning("own_checks_fail_without_us", base=base_sha, said=said)
        return ""
    return said
