"""Which parts are embedded, and what every process of the product is told through its environment."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from scripts.local.errors import Refused
from scripts.local.kept import Kept
from scripts.local.places import ROOT
from scripts.local.ports import HOST

#: the repository that the sandbox holds from its first start
REPO = "acme/handbook"
MODEL = "lumen-extract-1"

#: Each group comes from one side as a whole. Half a group is nobody's: a GITHUB_TOKEN that some tool left in
#: the shell must not be sent to the sandbox, nor the sandbox' address be used with a real repository.
_CREDENTIALS = frozenset({"GITHUB_TOKEN", "GITHUB_TOKENS", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID"})
_MODEL = frozenset({"OPENAI_API_KEY"})
_FORGE_GROUP = (
    *sorted(_CREDENTIALS),
    *("GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_APP_INSTALLATION_ID"),
    *("GITHUB_REPO", "GITHUB_API_URL", "SITE_URL", "HEALTH_URL"),
)
_PRODUCT = (
    *("ENV", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "GITHUB_WEBHOOK_SECRET", "PUBLIC_URL"),
    *("SPOOL_URL", "SPOOL_IS_DURABLE", "GIT_CACHE_DIR", "GIT_TRANSPORT", "CHECK_COMMANDS", "CHECK_TIMEOUT_S"),
    *("ALLOWED_HOSTS", "APP_VERSION", "NOTIFY_URLS", "ADMIN_PASSWORD", "DJANGO_SETTINGS_MODULE"),
)
_ERRORS_GROUP = ("SENTRY_DSN", "SENTRY_ISSUES_URL", "SENTRY_AUTH_TOKEN")
_MODEL_GROUP = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What this run brings itself; the rest was given."""

    #: SQLite in the data directory, because no DATABASE_URL was given
    database: bool
    #: a Redis server of our own, because no REDIS_URL was given
    redis: bool
    #: a second one that writes through, for the spool, because neither REDIS_URL nor SPOOL_URL was given
    spool: bool
    #: the sandbox plays GitHub and the site, because GITHUB_REPO was not given, or no token or app for it
    forge: bool
    #: the sandbox plays the model, because no OPENAI_API_KEY was given
    model: bool
    #: the sandbox, there for one of the above, plays Sentry too, because no SENTRY_DSN was given
    errors: bool

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox is needed at all."""
        return self.forge or self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the parts listen on the loopback."""

    #: site, admin and API of the product
    web: int
    #: the sandbox; unused when it is not needed
    sandbox: int
    #: the embedded Redis; unused when one was given
    redis: int
    #: the embedded spool; unused when one was given
    spool: int


def parts_from(given: Mapping[str, str]) -> Parts:
    """Decide from the variables that a person set; an empty value counts as not set."""
    named = {name for name, value in given.items() if value}
    forge, model = not ("GITHUB_REPO" in named and named & _CREDENTIALS), not named >= _MODEL
    return Parts(
        database="DATABASE_URL" not in named,
        redis="REDIS_URL" not in named,
        spool=named.isdisjoint({"REDIS_URL", "SPOOL_URL"}),
        forge=forge,
        model=model,
        errors=(forge or model) and "SENTRY_DSN" not in named,
    )


def remarks(given: Mapping[str, str]) -> list[str]:
    """Say which given variables are not used, and why."""
    credentials = sorted(name for name in _CREDENTIALS if given.get(name))
    if bool(credentials) == bool(given.get("GITHUB_REPO")):
        return []
    half, other = (credentials[0], "GITHUB_REPO") if credentials else ("GITHUB_REPO", "GITHUB_TOKEN")
    return [f"{half} is set without {other}: the sandbox plays GitHub"]


def product_environment(
    *, given: Mapping[str, str], data_dir: Path, ports: Ports, kept: Kept, version: str
) -> dict[str, str]:
    """Give every variable of the product's processes, `given` ones first, ours where none was given."""
    parts = parts_from(given)
    replaced = {
        "ADMIN_PASSWORD",  # only the preparation needs it
        *(_FORGE_GROUP if parts.forge else ()),
        *(_MODEL_GROUP if parts.model else ()),
        *(_ERRORS_GROUP if parts.errors else ()),
    }
    ours = {
        "ENV": "local",
        "SECRET_KEY": kept.secret_key,
        "DATABASE_URL": f"sqlite:///{quote(str(data_dir / 'closedloop.sqlite3'))}",
        "REDIS_URL": f"redis://:{kept.redis_password}@{HOST}:{ports.redis}/0",
        **({"SPOOL_URL": f"redis://:{kept.redis_password}@{HOST}:{ports.spool}/0"} if parts.spool else {}),
        "GIT_CACHE_DIR": str(data_dir / "git"),
        "GITHUB_WEBHOOK_SECRET": kept.webhook_secret,
        "PUBLIC_URL": f"http://{HOST}:{ports.web}",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "APP_VERSION": version,
        **(_sandbox_forge(ports, kept) if parts.forge else {}),
        **(_sandbox_model(ports, kept) if parts.model else {}),
        **(_sandbox_errors(ports, kept) if parts.errors else {}),
        **({"NOTIFY_URLS": f"json://{HOST}:{ports.sandbox}/sinks/slack"} if parts.sandbox else {}),
    }
    chosen = {
        name: value for name, value in given.items() if name not in replaced and (value or name not in ours)
    }
    fixed = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    return {**ours, **chosen, **fixed}


def bare_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Leave out everything that is meant for the product: what the other parts, and tests, start from."""
    ours = {*_PRODUCT, *_FORGE_GROUP, *_MODEL_GROUP, *_ERRORS_GROUP}
    return {name: value for name, value in given.items() if name not in ours}


def sandbox_url(ports: Ports) -> str:
    """Address of the sandbox, without a trailing slash."""
    return f"http://{HOST}:{ports.sandbox}"


def _sandbox_forge(ports: Ports, kept: Kept) -> dict[str, str]:
    site = f"{sandbox_url(ports)}/sites/{REPO}/"
    return {
        "GITHUB_TOKEN": kept.forge_token,
        "GITHUB_REPO": REPO,
        "GITHUB_API_URL": f"{sandbox_url(ports)}/api/v3",
        "SITE_URL": site,
        "HEALTH_URL": f"{site}healthz",
    }


def _sandbox_model(ports: Ports, kept: Kept) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": f"sk-{kept.model_key}",  # the form of a real one, which the sandbox insists on
        "OPENAI_BASE_URL": f"{sandbox_url(ports)}/v1",
        "OPENAI_MODEL": MODEL,
    }


def _sandbox_errors(ports: Ports, kept: Kept) -> dict[str, str]:
    issues = f"{sandbox_url(ports)}/api/0/projects/{REPO}/issues/"
    return {
        "SENTRY_DSN": f"http://public@{HOST}:{ports.sandbox}/1",
        "SENTRY_ISSUES_URL": f"{issues}?query=release:{{version}}",
        "SENTRY_AUTH_TOKEN": kept.errors_token,
    }


def checkout_version() -> str:
    """Git's short name of the checked-out commit; "unknown" outside a repository. Refused without git."""
    try:
        found = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except FileNotFoundError:
        raise Refused("git was not found: install it (the package is called git everywhere)") from None
    return found.stdout.strip() or "unknown"
