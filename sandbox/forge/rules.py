"""What protects a branch: classic protection and rulesets, reduced to the same questions.

- `protection:{repo}` key branch: `{checks: [{context, app_id}] | None, strict, enforce_admins,
  reviews: {...} | None, linear, force_pushes, deletions, conversation}`
- `ruleset:{repo}` key id: the ruleset as it was given, with `id`, `created_at`, `updated_at`
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.forge.accounts import ensure_app
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.world import World

_ADMIN_ROLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredCheck:
    """A check that must be green."""

    #: name of the check run, or context of the commit status
    context: str
    #: the only app whose report counts; None accepts any
    app_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How a branch's merge queue works."""

    #: merge, squash or rebase
    method: str
    #: minutes after which checks that have not reported count as failed
    timeout_minutes: int
    #: ALLGREEN wants every entry of a group to be green, HEADGREEN only the last
    grouping: str
    #: entries whose checks run at the same time
    most_built: int
    #: entries merged together at most
    most_merged: int
    #: entries merged together at least
    fewest_merged: int
    #: minutes after which fewer are merged all the same
    wait_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one source demands of a branch."""

    #: `protection` or `ruleset`, which word their refusals differently
    source: str
    #: checks that must be green on the commit
    checks: tuple[RequiredCheck, ...] = ()
    #: whether the head must contain the tip of the base
    strict: bool = False
    #: whether changes must come by pull request
    pull_required: bool = False
    #: approvals a pull request needs
    approvals: int = 0
    #: whether merge commits are refused
    linear: bool = False
    #: the only ways in which a pull request may be merged; None leaves it to the repository's settings
    methods: tuple[str, ...] | None = None
    #: the queue that every change must pass; None where there is none
    queue: Queue | None = None
    #: whether history may be rewritten
    force_push: bool = False
    #: whether the branch may be deleted
    deletion: bool = False
    #: whether administrators may pass
    admins_pass: bool = False
    #: ids of apps that may pass
    apps_pass: tuple[int, ...] = ()


def rules_for(world: World, repo: Doc, branch: str) -> list[Rules]:
    """Collect everything that protects a branch."""
    classic = world.store.get(f"protection:{repo['full_name']}", branch)
    found = [] if classic is None else [_from_protection(classic)]
    return found + [_from_ruleset(one) for one in rulesets_for(world, repo, branch)]


def binding_rules(world: World, repo: Doc, branch: str, actor: Actor) -> list[Rules]:
    """Collect what protects a branch from `actor`."""
    app = None if actor.app is None else ensure_app(world, actor.app)["id"]
    return [
        rules
        for rules in rules_for(world, repo, branch)
        if not (rules.admins_pass and actor.admin) and app not in rules.apps_pass
    ]


def queue_of(world: World, repo: Doc, branch: str) -> Queue | None:
    """Return the merge queue of a branch, or None."""
    return next((rules.queue for rules in rules_for(world, repo, branch) if rules.queue), None)


def rulesets_for(world: World, repo: Doc, branch: str) -> Iterator[Doc]:
    """Yield active rulesets whose conditions name a branch."""
    for ruleset in world.store.all(f"ruleset:{repo['full_name']}"):
        if (
            ruleset["enforcement"] == "active"
            and ruleset["target"] == "branch"
            and _covers(repo, ruleset, branch)
        ):
            yield ruleset


def _covers(repo: Doc, ruleset: Doc, branch: str) -> bool:
    names = (ruleset["conditions"] or {}).get("ref_name", {})

    def matches(pattern: str) -> bool:
        if pattern == "~DEFAULT_BRANCH":
            return branch == str(repo["default_branch"])
        return pattern == "~ALL" or fnmatchcase(f"refs/heads/{branch}", pattern)

    return any(map(matches, names.get("include", ()))) and not any(map(matches, names.get("exclude", ())))


def _from_protection(document: Doc) -> Rules:
    reviews = document["reviews"]
    return Rules(
        source="protection",
        checks=tuple(RequiredCheck(**check) for check in document["checks"] or ()),
        strict=document["strict"],
        pull_required=reviews is not None,
        approvals=0 if reviews is None else reviews["required_approving_review_count"],
        linear=document["linear"],
        force_push=document["force_pushes"],
        deletion=document["deletions"],
        admins_pass=not document["enforce_admins"],
    )


def _from_ruleset(ruleset: Doc) -> Rules:
    rules: dict[str, dict[str, Any]] = {
        rule["type"]: rule.get("parameters") or {} for rule in ruleset["rules"]
    }
    checks = rules.get("required_status_checks", {})
    passing = [
        actor for actor in ruleset["bypass_actors"] if actor.get("bypass_mode", "always") != "pull_request"
    ]
    return Rules(
        source="ruleset",
        checks=tuple(
            RequiredCheck(context=check["context"], app_id=check.get("integration_id"))
            for check in checks.get("required_status_checks", ())
        ),
        strict=bool(checks.get("strict_required_status_checks_policy")),
        pull_required="pull_request" in rules,
        methods=_methods(rules.get("pull_request", {})),
        queue=_queue(rules["merge_queue"]) if "merge_queue" in rules else None,
        approvals=int(rules.get("pull_request", {}).get("required_approving_review_count", 0)),
        linear="required_linear_history" in rules,
        force_push="non_fast_forward" not in rules,
        deletion="deletion" not in rules,
        admins_pass=any(_is_admin(actor) for actor in passing),
        apps_pass=tuple(actor["actor_id"] for actor in passing if actor["actor_type"] == "Integration"),
    )


def _methods(parameters: dict[str, Any]) -> tuple[str, ...] | None:
    allowed = parameters.get("allowed_merge_methods")
    return None if allowed is None else tuple(allowed)


def _queue(parameters: dict[str, Any]) -> Queue:
    return Queue(
        method=str(parameters["merge_method"]).lower(),
        timeout_minutes=parameters["check_response_timeout_minutes"],
        grouping=parameters["grouping_strategy"],
        most_built=parameters["max_entries_to_build"],
        most_merged=parameters["max_entries_to_merge"],
        fewest_merged=parameters["min_entries_to_merge"],
        wait_minutes=parameters["min_entries_to_merge_wait_minutes"],
    )


def _is_admin(actor: dict[str, Any]) -> bool:
    kind = actor["actor_type"]
    return kind == "OrganizationAdmin" or (kind == "RepositoryRole" and actor.get("actor_id") == _ADMIN_ROLE)
