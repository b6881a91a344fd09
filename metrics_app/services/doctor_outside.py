"""The doctor on foreign ground: forge, model, live site, people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.doctor import Finding, check_forge_access, check_git, has_credentials
from closedloop.ports.errors import PortError
from closedloop.ports.probe import ProbeOrder
from metrics_app.services.diagnosis import Diagnosis, Examination, fail, ok, warn
from metrics_app.services.doctor_merging import merging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from closedloop.wiring import Ports

#: Findings on the forge that slow the loop or a rollback, but do not stop it.
_BEARABLE = frozenset({"hotfix", "expiry", "rate", "token", "graphql"})


def examinations(ports: Ports) -> list[Examination]:
    """What lies outside, the forge first."""
    return [
        Examination(name="forge", ask=lambda: _forge(ports), mend="Check GITHUB_API_URL and the network."),
        Examination(name="merging", ask=lambda: merging(ports), mend="See what is said of the forge."),
        Examination(name="git", ask=_git, mend="Check GITHUB_API_URL and the network."),
        Examination(name="checks", ask=lambda: _own_checks(ports), mend="Correct CHECK_COMMANDS."),
        Examination(name="webhook", ask=_webhook, mend=""),
        Examination(name="model", ask=lambda: _model(ports), mend="Check OPENAI_BASE_URL."),
        Examination(name="site", ask=lambda: _site(ports), mend="Correct HEALTH_URL."),
        Examination(name="notifier", ask=_notifier, mend=""),
        Examination(name="sentry", ask=_sentry, mend=""),
    ]


def _forge(ports: Ports) -> Iterator[Diagnosis]:
    if not settings.GITHUB_REPO or not has_credentials():
        yield fail("forge", "no repository is named", "Set GITHUB_REPO and GITHUB_TOKEN.")
        return
    for finding in check_forge_access(ports.clock()):
        yield _of_finding(finding)


def _of_finding(finding: Finding) -> Diagnosis:
    if finding.is_ok:
        return ok("forge", finding.text)
    # Checks named in the settings stand in for a protection that cannot be read.
    is_covered = finding.code == "protection" and bool(settings.REQUIRED_CHECKS)
    say = warn if finding.code in _BEARABLE or is_covered else fail
    return say("forge", finding.text, finding.mend)


def _git() -> Iterator[Diagnosis]:
    """Without git everything still goes up, with one commit for a whole pull request."""
    for finding in check_git():
        if finding.is_ok:
            yield ok("git", finding.text)
        else:
            say = warn if finding.code == "git" else fail
            yield say("git", finding.text, finding.mend)


def _own_checks(ports: Ports) -> Iterator[Diagnosis]:
    """What the repository's own commands say of the base as it is; they convict nobody while it fails."""
    if not settings.CHECK_COMMANDS:
        yield ok("checks", "no CHECK_COMMANDS are set: CI alone judges")
        return
    branch = settings.GITHUB_BASE_BRANCH
    try:
        sha = ports.content().branch_sha(branch)
        said = ports.own_checks().problem(sha, {}) if sha else f"there is no branch {branch}"
    except PortError as error:
        yield warn("checks", f"{error.code}: {error.detail}", "Install here what CHECK_COMMANDS name.")
        return
    if said:
        yield warn("checks", said, f"Mend {branch}, or correct CHECK_COMMANDS: CI alone judges meanwhile.")
    else:
        yield ok("checks", f"{branch} passes " + ", ".join(f"`{one}`" for one in settings.CHECK_COMMANDS))


def _webhook() -> Iterator[Diagnosis]:
    if settings.GITHUB_WEBHOOK_SECRET:
        yield ok("webhook", "a secret is set")
    else:
        mend = "Set GITHUB_WEBHOOK_SECRET and the same secret in the repository's webhook."
        yield warn("webhook", "no secret: CI is noticed by polling alone", mend)


def _model(ports: Ports) -> Iterator[Diagnosis]:
    """A model that is out is bearable: answers are then drawn from the documents, and marked so."""
    if not settings.OPENAI_API_KEY:
        yield warn("model", "no key: every answer is an extract from the documents", "Set OPENAI_API_KEY.")
        return
    try:
        yield ok("model", f"{ports.model().ping()} answers")
    except PortError as error:
        mend = "Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL."
        say = warn if error.is_transient else fail
        yield say("model", f"{error.code}: {error.detail}", mend)


def _site(ports: Ports) -> Iterator[Diagnosis]:
    if not settings.HEALTH_URL:
        mend = "Set HEALTH_URL to an address that answers with the running version."
        yield fail("site", "no health address: no deploy can be verified", mend)
        return
    reading = ports.prober().probe(ProbeOrder(url=settings.HEALTH_URL))
    if not reading.is_ok:
        yield fail(
            "site", f"{settings.HEALTH_URL}: {reading.detail}", "Bring the site up, or correct HEALTH_URL."
        )
        return
    live = ports.deployer().live_version()
    yield ok("site", f"healthy, runs version {live.version[:12]}")


def _notifier() -> Iterator[Diagnosis]:
    if settings.NOTIFY_URLS:
        yield ok("notifier", f"{len(settings.NOTIFY_URLS)} channel(s) are set; none was disturbed")
    else:
        mend = "Set NOTIFY_URLS, for example to a chat's webhook."
        yield warn("notifier", "alerts are written to the log alone", mend)


def _sentry() -> Iterator[Diagnosis]:
    if settings.SENTRY_DSN:
        yield ok("sentry", "errors are reported")
    else:
        yield warn("sentry", "errors are written to the log alone", "Set SENTRY_DSN.")
