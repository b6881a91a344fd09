"""What a branch demands before a merge, from GitHub's two answers about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from closedloop.ports.forge import RequiredCheck, Requirements
from closedloop.ports.merging import ANY_METHOD, MergeMethod

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchChecks:
    """Required checks by branch protection."""

    checks: tuple[RequiredCheck, ...]
    #: False when the branch is protected but the answer does not say how.
    is_readable: bool
    #: Whether heads must be up to date; mostly GitHub does not tell.
    is_strict: bool = False


def branch_checks(branch: dict[str, Any]) -> BranchChecks:
    """Read `protection.required_status_checks` of a branch.

    `enforcement_level` is `off` where no checks are required. A token without push access sees
    `protected` but no `protection`.
    """
    protection = branch.get("protection")
    if not branch["protected"]:
        return BranchChecks(checks=(), is_readable=True)
    if protection is None:
        return BranchChecks(checks=(), is_readable=False)
    required = protection.get("required_status_checks") or {}
    if required.get("enforcement_level", "off") == "off":
        return BranchChecks(checks=(), is_readable=True)
    if "checks" in required:
        named = [(item["context"], item.get("app_id")) for item in required["checks"]]
    else:
        named = [(context, None) for context in required["contexts"]]
    checks = tuple(_required(*item) for item in named)
    return BranchChecks(checks=checks, is_readable=True, is_strict=bool(required.get("strict")))


def rule_checks(rules: Sequence[dict[str, Any]]) -> tuple[RequiredCheck, ...]:
    """Read the `required_status_checks` rules; only active rulesets are listed by the forge."""
    return tuple(
        _required(item["context"], item.get("integration_id"))
        for rule in rules
        if rule["type"] == "required_status_checks"
        for item in rule["parameters"]["required_status_checks"]
    )


def rule_methods(rules: Sequence[dict[str, Any]]) -> frozenset[MergeMethod]:
    """Read `allowed_merge_methods` of the `pull_request` rules; all of them bind."""
    methods = ANY_METHOD
    for rule in rules:
        if named := (rule.get("parameters") or {}).get("allowed_merge_methods"):
            methods &= {MergeMethod(name) for name in named}
    return methods


def merge_requirements(protection: BranchChecks, rules: Sequence[dict[str, Any]] | None) -> Requirements:
    """Join both sources; `rules` is None when the token may not read them."""
    checks = tuple(dict.fromkeys((*protection.checks, *rule_checks(rules or ()))))
    return Requirements(
        checks=checks,
        is_readable=protection.is_readable and rules is not None,
        is_enforced=bool(checks),
        methods=rule_methods(rules or ()),
        is_linear=any(rule["type"] == "required_linear_history" for rule in rules or ()),
        is_strict=protection.is_strict or _is_strict(rules or ()),
    )


def _is_strict(rules: Sequence[dict[str, Any]]) -> bool:
    named = (rule.get("parameters") or {} for rule in rules)
    return any(parameters.get("strict_required_status_checks_policy") for parameters in named)


def _required(name: str, app_id: int | None) -> RequiredCheck:
    # -1 and null both mean that any app may report the check.
    return RequiredCheck(name=name, app_id=app_id if app_id is not None and app_id > 0 else None)
