"""Putting labels on issues and pull requests."""

from sandbox.forge.issues import announce_issue, save_issue
from sandbox.forge.labels import ensure_labels, label_named
from sandbox.forge.pull_sync import announce_pull
from sandbox.store import Doc
from sandbox.views.issues import label_json
from sandbox.world import World


def set_labels(world: World, repo: Doc, issue: Doc, names: list[str], login: str) -> Doc:
    """Give an issue or pull request exactly these labels, and announce each difference."""
    name, before = repo["full_name"], list(issue["labels"])
    wanted = ensure_labels(world, name, names)
    changed = save_issue(world, name, {**issue, "labels": wanted})
    announce = announce_pull if issue["pull"] else announce_issue
    for label in dict.fromkeys([*wanted, *before]):
        document = label_named(world, name, label)
        if document is not None and not (label in before and label in wanted):
            action = "labeled" if label in wanted else "unlabeled"
            announce(world, repo, changed, action, login, label=label_json(world, name, document))
    return changed
