"""What the past teaches about how long checks and stages take.

Samples are written in the transaction that ends the step, one row each. They are read whole, at most once a
second per process: there are only a few of each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from tasks_app.models import DurationSample
from tasks_app.pipeline.pace import KEPT, Usual, allowance, next_look, slowest, usual_of
from tasks_app.pipeline.states import State
from tasks_app.services.remembering import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from closedloop.ports.checks import Check
    from tasks_app.models import PullRequest

_CHECK, _STAGE = DurationSample.Subject.CHECK.value, DurationSample.Subject.STAGE.value

#: Samples that count no more are deleted with every so-many-th.
_PRUNE_EVERY = 20
#: GitHub lets a name be longer than our column; what is cut is not confused, as both sides are cut.
_NAME_LENGTH = 255

_A_SECOND = timedelta(seconds=1)
_Known = dict[tuple[str, str], Usual]
_remembered: Remembered[str, _Known] = Remembered(timedelta(seconds=1))


def expected_ci(repo: str, *, now: datetime) -> timedelta | None:
    """How long CI usually takes from publishing to green; None while too little is known."""
    known = _known(repo, now).get((_STAGE, State.AWAITING_CI.value))
    return known.typical if known else None


def ci_allowance(repo: str, *, now: datetime) -> timedelta:
    """How long CI may take before it is given up on: `CI_TIMEOUT`, or more where it usually takes long."""
    return allowance(settings.CI_TIMEOUT, _known(repo, now).get((_STAGE, State.AWAITING_CI.value)))


def next_ci_look(pull: PullRequest, waiting_for: Iterable[str], *, now: datetime) -> datetime:
    """When to look again at a pull request that waits for these checks."""
    known = _known(pull.lane.repo, now)
    checks = {name: usual for (subject, name), usual in known.items() if subject == _CHECK}
    since = pull.retried_at or pull.entered_at
    return next_look(since, now, slowest((_cut(name) for name in waiting_for), checks))


def next_stage_look(state: State, since: datetime, *, now: datetime) -> datetime:
    """When to look again at what has been in this state since then."""
    return next_look(since, now, usual_stays(settings.GITHUB_REPO, now=now).get(state))


def usual_stays(repo: str, *, now: datetime) -> dict[State, Usual]:
    """How long tasks of this repository usually stay in each state, as far as it is known."""
    return {State(name): usual for (subject, name), usual in _known(repo, now).items() if subject == _STAGE}


def usual_checks(repo: str, *, now: datetime) -> dict[str, Usual]:
    """How long after publishing each check of this repository is usually over, as far as it is known."""
    return {name: usual for (subject, name), usual in _known(repo, now).items() if subject == _CHECK}


def learn_stay(state: State, since: datetime, *, now: datetime) -> None:
    """Remember a stay that ended as it should, inside the caller's transaction."""
    _keep([_sample(settings.GITHUB_REPO, _STAGE, state.value, now - since)], now)


def learn_ci(pull: PullRequest, checks: Sequence[Check], *, now: datetime) -> None:
    """Remember when the checks that made a pull request green were over, inside the caller's transaction.

    They may have been over before we looked. The forge's clock is believed within what we know ourselves.
    """
    if pull.retried_at:
        return  # it took two runs, which is not what is usual
    repo, since = pull.lane.repo, pull.entered_at
    ends = {check.name: _over_at(check.completed_at or now, since, now) for check in checks}
    samples = [_sample(repo, _CHECK, name, end - since) for name, end in ends.items()]
    over = max(ends.values(), default=now)
    _keep([*samples, _sample(repo, _STAGE, State.AWAITING_CI.value, over - since)], now)


def _over_at(told: datetime, since: datetime, now: datetime) -> datetime:
    """Within what we know ourselves. Forges tell whole seconds: it may have been over late in that one."""
    return min(told if told > since else max(told + _A_SECOND, since), now)


def forget() -> None:
    """Read the samples anew at the next question."""
    _remembered.forget()


def _known(repo: str, now: datetime) -> _Known:
    return _remembered.get(repo, now, lambda: _read(repo))


def _read(repo: str) -> _Known:
    lately: dict[tuple[str, str], list[timedelta]] = {}
    newest_first = DurationSample.objects.filter(repo=repo).order_by("-pk")
    for subject, name, took in newest_first.values_list("subject", "name", "took"):
        lately.setdefault((subject, name), []).append(took)
    summed_up = {key: usual_of(durations[:KEPT]) for key, durations in lately.items()}
    return {key: usual for key, usual in summed_up.items() if usual}


def _cut(name: str) -> str:
    return name[:_NAME_LENGTH]


def _sample(repo: str, subject: str, name: str, took: timedelta) -> DurationSample:
    # Another machine's clock may be ahead of ours.
    return DurationSample(repo=repo, subject=subject, name=_cut(name), took=max(took, timedelta(0)))


def _keep(samples: list[DurationSample], now: datetime) -> None:
    for sample in samples:
        sample.at = now
    DurationSample.objects.bulk_create(samples)
    if any(sample.pk % _PRUNE_EVERY == 0 for sample in samples):
        _prune(samples[0].repo)


def _prune(repo: str) -> None:
    """Delete what counts no more, leaving alone what somebody else deletes at this moment."""
    rank = Window(RowNumber(), partition_by=[F("subject"), F("name")], order_by=F("pk").desc())
    ranked = DurationSample.objects.filter(repo=repo).annotate(rank=rank).filter(rank__gt=KEPT)
    stale = DurationSample.objects.filter(pk__in=list(ranked.values_list("pk", flat=True)))
    free = [sample.pk for sample in stale.select_for_update(skip_locked=True)]
    DurationSample.objects.filter(pk__in=free).delete()
