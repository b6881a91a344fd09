"""What one seed is like: which troubles it knows at all, and how much of them.

Each seed knows only some of the troubles. A run that knows all of them hardly ever gets far enough to
show what two of them do together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from closedloop.ports.checks import CheckOutcome
from closedloop.ports.merging import ANY_METHOD, MergeMethod, MergeQueue, MergeRules
from tests.simulation.points import WHERE_IT_HURTS, expected

_POINTS = sorted(expected())
#: Required by the forge, enforced by it, readable by us; and what settings require.
_BOTH = ("lint", "smoke")
_PROTECTIONS: tuple[tuple[tuple[str, ...], bool, bool, list[str]], ...] = (
    *[(_BOTH, True, True, [])] * 4,
    *[(_BOTH, False, True, [])] * 2,
    *[((), False, False, ["lint", "smoke"])] * 2,
    (("lint",), True, True, ["smoke"]),
)
#: Mostly no commands are known; where they are, they may find nothing, one of the answers, or all of them.
_DISLIKES = (*[None] * 6, *[()] * 2, ("Backup window",), ("rows per page",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How the forge lets changes in."""

    rules: MergeRules
    #: What the merge queue's own checks say, and how long they take.
    queue_ci: CheckOutcome
    queue_takes: timedelta
    #: Whether it wants more than checks until all is healed.
    wants_more: bool
    #: Whether it wants every head to be up to date, and whether its looks say which is not.
    is_strict: bool
    shows_behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """The nature of one run; drawn from its seed alone."""

    seed: int
    steps: int
    #: Django settings of this run.
    settings: dict[str, Any]
    #: Required by the forge, enforced by it, readable by us.
    protection: tuple[tuple[str, ...], bool, bool]
    #: Probability that others go on at a point that is passed.
    interleaves: float
    #: Probability that a process ends at a point, the first time the run passes it and later.
    ends_first: float
    ends_later: float
    #: Points at which a process ends the first time, even when all else goes well.
    ends_at: frozenset[str]
    #: A point at which every process ends until all is healed; mostly none.
    cursed: str
    #: Probability that a call of a port fails, and names of groups of acts that are known.
    fails: float
    knows: frozenset[str]
    #: Whether all was well at first, and for how long; whether probes fail from the beginning.
    warm_up: timedelta
    is_sick: bool
    #: Probabilities that a broker message is lost, doubled, late.
    loses: float
    doubles: float
    delays: float
    #: Every message but the sweep's own is lost, all webhooks are lost, beat is dead: for the whole run.
    loses_hints: bool
    loses_webhooks: bool
    is_beat_silent: bool
    #: How long the forge does not show what was just created.
    lag: timedelta
    #: Looks at a new head until the forge has computed whether it can be merged.
    looks_until_mergeable: int
    gate: Gate
    #: Whether all machines may be off for hours.
    is_suspended: bool
    #: Whether CI is known to take long, so that pull requests are built on each other.
    stacks: bool
    #: Whether the forge can run red checks again.
    has_runs: bool
    #: What the repository's own check commands refuse; None where no commands are known.
    dislikes: tuple[str, ...] | None

    def in_force(self) -> dict[str, Any]:
        """The settings of this run."""
        stacking = {"MERGE_STRATEGY": "direct", "MERGE_METHOD": "auto", "STACK_FROM": timedelta(seconds=1)}
        commands = {"CHECK_COMMANDS": [] if self.dislikes is None else ["lint"]}
        return self.settings | commands | (stacking if self.stacks else {})


def draw(seed: int) -> Character:
    """The character of a seed."""
    dice = random.Random(f"character {seed}")
    cursed = dice.choice(WHERE_IT_HURTS) if dice.random() < 0.1 else ""
    names, is_enforced, is_readable, required = dice.choice(_PROTECTIONS)
    merging = random.Random(f"merging {seed}")
    rules, wishes = _way_in(merging)
    stacks = merging.random() < 0.2
    lease_s = 1 if cursed else dice.choice((1, 10, 30, 30))
    return Character(
        seed=seed,
        steps=dice.randint(4, 9),
        settings=_settings(dice, required, lease_s=lease_s) | wishes,
        protection=(names, is_enforced, is_readable),
        interleaves=dice.choice((0.0, 0.02, 0.06, 0.15)),
        ends_first=dice.choice((0.0, 0.05, 0.15, 0.3)),
        ends_later=dice.choice((0.0, 0.0, 0.01, 0.03)),
        ends_at=frozenset(dice.sample(_POINTS, 2)) if dice.random() < 0.8 else frozenset(),
        cursed=cursed,
        fails=dice.choice((0.0, 0.0, 0.02, 0.08)),
        warm_up=timedelta(seconds=dice.choice((0, 0, 2, 20, 40, 90))),
        is_sick=dice.random() < 0.45,
        knows=frozenset(group for group in sorted(GROUPS) if dice.random() < 0.7),
        loses=dice.choice((0.0, 0.0, 0.1, 0.5)),
        doubles=dice.choice((0.0, 0.1, 0.5)),
        delays=dice.choice((0.0, 0.1, 0.5)),
        loses_hints=dice.random() < 0.06,
        loses_webhooks=dice.random() < 0.3,
        is_beat_silent=dice.random() < 0.15,
        lag=timedelta(seconds=dice.choice((0, 0, 0, 2, 25))),
        looks_until_mergeable=dice.choice((0, 0, 0, 1, 3, 60)),
        gate=_gate(merging, MergeRules() if stacks else rules, wishes, random.Random(f"strict {seed}")),
        is_suspended=dice.random() < 0.03,
        stacks=stacks,
        has_runs=dice.random() < 0.25,
        dislikes=merging.choice(_DISLIKES),
    )


def _gate(dice: random.Random, rules: MergeRules, wishes: dict[str, str], strictness: random.Random) -> Gate:
    return Gate(
        rules=rules,
        queue_ci=CheckOutcome.FAILURE if dice.random() < 0.2 else CheckOutcome.SUCCESS,
        queue_takes=timedelta(seconds=dice.choice((0, 3, 20))),
        wants_more=wishes["MERGE_STRATEGY"] == "auto_merge" and dice.random() < 0.7,
        is_strict=strictness.random() < 0.15,
        shows_behind=strictness.random() < 0.5,
    )


def _way_in(dice: random.Random) -> tuple[MergeRules, dict[str, str]]:
    """Rules of the repository, and settings that mostly fit them."""
    strategy = dice.choice((*["auto"] * 6, "direct", "auto_merge", "queue", "queue"))
    method = dice.choice((*["auto"] * 5, "squash", "squash", "merge", "rebase"))
    queue = MergeQueue(method=dice.choice(list(MergeMethod))) if strategy == "queue" else None
    rules = MergeRules(
        methods=dice.choice((ANY_METHOD, ANY_METHOD, frozenset({MergeMethod.SQUASH}))),
        is_linear=dice.random() < 0.3,
        allows_auto_merge=strategy == "auto_merge",
        queue=queue,
    )
    # Once in a while they do not fit.
    return rules, {"MERGE_STRATEGY": strategy, "MERGE_METHOD": "auto" if dice.random() < 0.5 else method}


#: Groups of acts that a seed may know or not.
GROUPS = frozenset({"ci", "site", "people", "theirs", "operators", "weather", "model", "time"})


def _settings(dice: random.Random, required: list[str], *, lease_s: int) -> dict[str, Any]:
    return {
        "GITHUB_REPO": "acme/handbook",
        "GITHUB_BASE_BRANCH": "main",
        "FAQ_PATH": "docs/FAQ.md",
        "DOCS_PREFIX": "",
        "SITE_URL": "https://site.test/",
        "FAQ_PAGE_URL": "https://site.test/docs/FAQ.html",
        "HEALTH_URL": "https://site.test/healthz",
        "SELF_CHECK_URL": "",
        "SENTRY_ISSUES_URL": "",
        "REQUIRED_CHECKS": required,
        "SMOKE_CHECKS": ["smoke"],
        "LANE_SIZE": dice.choice((1, 2, 100, 100)),
        "LEASE": timedelta(seconds=lease_s),
        "CI_TIMEOUT": timedelta(seconds=dice.choice((40, 60, 120))),
        "DEPLOY_TIMEOUT": timedelta(seconds=dice.choice((40, 60, 120))),
        "VERIFY_TIMEOUT": timedelta(seconds=30),
        "ROLLBACK_TIMEOUT": timedelta(seconds=dice.choice((60, 120, 300))),
        "ROLLBACKS_PER_HOUR": dice.choice((1, 5, 5)),
        "PROBE_PAUSE": timedelta(seconds=2),
        "DUPLICATE_WINDOW": timedelta(hours=1),
        "OPENAI_ATTEMPTS": 3,
        "OPENAI_CONCURRENCY": dice.choice((1, 10)),
        "ANSWER_CACHE": timedelta(days=1),
        "WRITES_PER_MINUTE": 8 if dice.random() < 0.15 else 80,
        "WRITES_PER_HOUR": 40 if dice.random() < 0.03 else 500,
        "WRITES_RESERVED_PER_MINUTE": 4,
        "WRITES_RESERVED_PER_HOUR": 20,
        "QUEUE_LIMIT": dice.choice((5, 10_000, 10_000)),
    }
