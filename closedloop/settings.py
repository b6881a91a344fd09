"""Django settings, all from the environment. Names follow the README's table."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin

import dj_database_url

from closedloop.admin_look import admin_look
from closedloop.env import BASE_DIR, app_version, comma_list, env, private_place
from closedloop.log import logging_config

ENV = env.str("ENV", default="local")
DEBUG = env.bool("DEBUG", default=False)
APP_VERSION = app_version()
#: The fallback key is refused outside ENV=local by system check closedloop.E001.
SECRET_KEY = env.str("SECRET_KEY", default="local-only-key-never-used-outside-ENV-local")
ALLOWED_HOSTS = comma_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = comma_list("CSRF_TRUSTED_ORIGINS")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
#: Where people come by https, their sessions travel by nothing else.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
#: Where verification checks closedloop itself; set PUBLIC_URL to switch it on.
SELF_CHECK_URL = env.str("SELF_CHECK_URL", default=env.str("PUBLIC_URL", default="")).rstrip("/")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_results",
    "closedloop",
    "tasks_app",
    "rollback_app",
    "metrics_app",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "closedloop.middleware.TraceMiddleware",
    "closedloop.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "closedloop.middleware.CsrfViewMiddleware",
    "closedloop.middleware.AuthenticationMiddleware",
    "closedloop.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "closedloop.urls"
ASGI_APPLICATION = "closedloop.asgi.application"
WSGI_APPLICATION = "closedloop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- stores
DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_max_age=600, conn_health_checks=False
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, taken at BEGIN: without IMMEDIATE, writers that began as readers fail at once.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = env.int(
        "DATABASE_CONNECT_TIMEOUT_S", default=1
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
#: Seconds a web request or a projection may wait for Redis.
REDIS_TIMEOUT_S = env.float("REDIS_TIMEOUT_S", default=0.5)
#: Where submissions wait while the database is away; must write through to its disk.
SPOOL_URL = env.str("SPOOL_URL", default="") or REDIS_URL
#: Says so of a server that refuses CONFIG GET.
SPOOL_IS_DURABLE = env.bool("SPOOL_IS_DURABLE", default=False)
#: Seconds that a web process may wait for the database before it takes it to be away.
WEB_DATABASE_TIMEOUT_S = env.float("WEB_DATABASE_TIMEOUT_S", default=0.6)

# --- the target repository, its site, the model
GITHUB_TOKEN = env.str("GITHUB_TOKEN", default="")
#: Further tokens, of other accounts: limits are counted per account.
GITHUB_TOKENS = comma_list("GITHUB_TOKENS")
#: A file of tokens that is read again when it changes.
GITHUB_TOKEN_FILE = env.str("GITHUB_TOKEN_FILE", default="")
GITHUB_APP_ID = env.str("GITHUB_APP_ID", default="")
GITHUB_APP_PRIVATE_KEY = env.str("GITHUB_APP_PRIVATE_KEY", default="", multiline=True)
GITHUB_APP_PRIVATE_KEY_FILE = env.str("GITHUB_APP_PRIVATE_KEY_FILE", default="")
#: Empty: looked up by the repository.
GITHUB_APP_INSTALLATION_ID = env.str("GITHUB_APP_INSTALLATION_ID", default="")
GITHUB_REPO = env.str("GITHUB_REPO", default="")
GITHUB_API_URL = env.str("GITHUB_API_URL", default="https://api.github.com").rstrip("/")
GITHUB_BASE_BRANCH = env.str("GITHUB_BASE_BRANCH", default="main")
GITHUB_TIMEOUT_S = env.float("GITHUB_TIMEOUT_S", default=10.0)
#: How content goes up: `git` (one push), `rest`, or `auto`: by git where it is installed.
GIT_TRANSPORT = env.str("GIT_TRANSPORT", default="auto")
#: Bare repositories that git fetches into; a folder of this user alone. May be deleted at any time.
GIT_CACHE_DIR = env.str("GIT_CACHE_DIR", default="") or private_place("git")
GITHUB_WEBHOOK_SECRET = env.str("GITHUB_WEBHOOK_SECRET", default="")
#: Still accepted while a secret is being replaced.
GITHUB_WEBHOOK_SECRET_OLD = env.str("GITHUB_WEBHOOK_SECRET_OLD", default="")
REQUIRED_CHECKS = comma_list("REQUIRED_CHECKS")
#: Checks that a hotfix must show; a subset of what the forge enforces would be refused by it.
SMOKE_CHECKS = comma_list("SMOKE_CHECKS", "smoke")
#: The repository's own check commands, run on a checkout before anything is published.
CHECK_COMMANDS = [one.strip() for one in env.str("CHECK_COMMANDS", default="").split(";") if one.strip()]
#: What the forge lets one account write, and what of it is kept for rollbacks; a limit of 0 is none.
WRITES_PER_MINUTE = env.int("WRITES_PER_MINUTE", default=80)
WRITES_PER_HOUR = env.int("WRITES_PER_HOUR", default=500)
WRITES_RESERVED_PER_MINUTE = env.int("WRITES_RESERVED_PER_MINUTE", default=20)
WRITES_RESERVED_PER_HOUR = env.int("WRITES_RESERVED_PER_HOUR", default=60)
#: auto: what keeps the tasks of a pull request apart, as far as the repository allows.
MERGE_METHOD = env.str("MERGE_METHOD", default="auto")
#: auto: the branch's merge queue where there is one, else directly.
MERGE_STRATEGY = env.str("MERGE_STRATEGY", default="auto")
#: What the stable tags before each merge begin with.
STABLE_TAG_PREFIX = env.str("STABLE_TAG_PREFIX", default="v1.0.0")
FAQ_PATH = env.str("FAQ_PATH", default="docs/FAQ.md")
DOCS_PREFIX = env.str("DOCS_PREFIX", default="")
SUPPORT_EMAILS = comma_list("SUPPORT_EMAILS")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1").rstrip("/")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="gpt-4o-mini")
OPENAI_TIMEOUT_S = env.float("OPENAI_TIMEOUT_S", default=10.0)
OPENAI_ATTEMPTS = env.int("OPENAI_ATTEMPTS", default=3)
#: Calls of the model at once, over all workers.
OPENAI_CONCURRENCY = env.int("OPENAI_CONCURRENCY", default=10)
#: How long the same request is answered as before; 0: never.
ANSWER_CACHE = timedelta(seconds=env.float("ANSWER_CACHE_S", default=86_400.0))
#: Calls in a row without an answer after which forge or model are left alone, and for how long.
BREAKER_FAILURES = env.int("BREAKER_FAILURES", default=5)
BREAKER_PAUSE_S = env.float("BREAKER_PAUSE_S", default=5.0)
HEALTH_URL = env.str("HEALTH_URL", default="")
SITE_URL = env.str("SITE_URL", default="")
#: The page that shows docs/FAQ.md to readers; by default where a site generator puts it below SITE_URL.
FAQ_PAGE_URL = env.str("FAQ_PAGE_URL", default="") or (
    urljoin(SITE_URL, FAQ_PATH.removesuffix(".md") + ".html") if SITE_URL else ""
)
ENVIRONMENT_NAME = env.str("ENVIRONMENT_NAME", default="production")
NOTIFY_URLS = comma_list("NOTIFY_URLS")

# --- times
#: How long a worker that could take jobs may take none before it leaves; also when a queue counts as stalled.
CANARY_GRACE = timedelta(seconds=env.float("CANARY_GRACE_S", default=120.0))
LEASE = timedelta(seconds=env.float("LEASE_S", default=30.0))
#: For one go at CHECK_COMMANDS, with the checkout.
CHECK_TIMEOUT = timedelta(seconds=env.float("CHECK_TIMEOUT_S", default=10.0))
#: A floor: CI that usually takes long is given more, see `pipeline.pace.allowance`.
CI_TIMEOUT = timedelta(seconds=env.float("CI_TIMEOUT_S", default=600.0))
DEPLOY_TIMEOUT = timedelta(seconds=env.float("DEPLOY_TIMEOUT_S", default=300.0))
VERIFY_TIMEOUT = timedelta(seconds=env.float("VERIFY_TIMEOUT_S", default=120.0))
#: How long a rollback may take before a person is asked; the objective is 8 minutes.
ROLLBACK_TIMEOUT = timedelta(seconds=env.float("ROLLBACK_TIMEOUT_S", default=900.0))
#: Automatic rollbacks per hour; beyond them a person decides.
ROLLBACKS_PER_HOUR = env.int("ROLLBACKS_PER_HOUR", default=5)
#: Pause between two rounds of probes.
PROBE_PAUSE = timedelta(seconds=env.float("PROBE_PAUSE_S", default=2.0))
#: How long the same question is the same task.
DUPLICATE_WINDOW = timedelta(seconds=env.float("DUPLICATE_WINDOW_S", default=3600.0))
LANE_SIZE = env.int("LANE_SIZE", default=100)
#: Where CI usually takes this long a second pull request is built on the one in flight; 0: never.
STACK_FROM = timedelta(seconds=env.float("STACK_FROM_S", default=30.0))
QUEUE_LIMIT = env.int("QUEUE_LIMIT", default=10_000)

# --- web
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
#: Where `collectstatic` writes; empty: files are served from where they lie.
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "closedloop.problems.problem_response",
    "PAGE_SIZE": 50,
    # Proxies in front whose X-Forwarded-For is believed; with 0 the peer's address is the client.
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
#: Questions per client and minute; 0 switches the limit off.
SUBMIT_LIMIT_PER_MINUTE = env.int("SUBMIT_LIMIT_PER_MINUTE", default=60)
SPECTACULAR_SETTINGS = {
    "TITLE": "closedloop",
    "DESCRIPTION": "Carries a change asked for in words to production unattended, or back.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "tasks_app.api.schema.STATUSES",
        "TaskState": "tasks_app.api.schema.STATES",
        "PullRequestState": "tasks_app.api.schema.PULL_WORDS",
        "RollbackState": "rollback_app.api.rollback.STATES",
        "HealthStatus": ["ok", "warn", "fail"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
#: Who knows something about a task, in the order of the telling: callables (task, *, now) -> chapters.
STORYTELLERS = ["tasks_app.story.chapters.tell", "rollback_app.story.tell"]
UNFOLD = admin_look()

# --- logs and errors
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = None
LOGGING = logging_config(log_format=LOG_FORMAT, level=LOG_LEVEL)
#: Sentry's issue search for the live project; `{version}` stands for the release, which errors there fail.
SENTRY_ISSUES_URL = env.str("SENTRY_ISSUES_URL", default="")
SENTRY_AUTH_TOKEN = env.str("SENTRY_AUTH_TOKEN", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
