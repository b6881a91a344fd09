"""What one sandbox process is told at its start."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that differs between two sandbox processes."""

    #: where git repositories and the document store live; survives `kill -9`
    data_dir: Path
    #: `owner/name` of the repository that exists from the first start
    repo: str
    #: token of that repository's administrator
    token: str
    #: scheme, host and port under which clients reach this process, without a trailing slash
    base_url: str
    #: webhook target to register for `repo` at the start; None registers none
    hook_url: str | None = None
    #: secret with which deliveries to `hook_url` are signed
    hook_secret: str = ""
    #: False switches off GitHub's primary and secondary rate limits
    limits: bool = True
    #: True refuses writes that come faster than one a second on average, as GitHub asks of its clients
    pace: bool = False
    #: seconds between a change and the answer to `mergeable`, which GitHub also computes late
    mergeable_delay_s: float = 0.05
