"""Random values that live as long as a data directory: passwords, tokens, keys."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Made at the first start in a data directory, read back at every later one."""

    #: Django's SECRET_KEY
    secret_key: str
    #: password of the embedded Redis
    redis_password: str
    #: password of the user `admin`
    admin_password: str
    #: the sandbox administrator's token, used as GITHUB_TOKEN
    forge_token: str
    #: signs the webhooks between sandbox and web
    webhook_secret: str
    #: accepted by the sandbox' model as OPENAI_API_KEY
    model_key: str
    #: reads the errors that the sandbox collected, used as SENTRY_AUTH_TOKEN
    errors_token: str


def kept_in(file: Path) -> Kept:
    """Read the values from `file`; make and keep what is missing there, readable by its owner only."""
    known = _read(file)
    names = [field.name for field in fields(Kept)]
    values = {name: known.get(name) or secrets.token_urlsafe(24) for name in names}
    kept = Kept(**values)
    if values != known:
        _write(file, asdict(kept))
    return kept


def _read(file: Path) -> Mapping[str, str]:
    """Read what is there; a missing or torn file holds nothing, since every value can be made anew."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, values: Mapping[str, str]) -> None:
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(values, out, indent=2)
    draft.replace(file)
