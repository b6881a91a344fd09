"""Writes the seeded history into an empty repository, and protects its branch."""

import pygit2

from sandbox.forge.accounts import CI_APP, ensure_app
from sandbox.forge.repos import change_repo, find_repo
from sandbox.git.commits import Draft, signature, write_commit
from sandbox.git.trees import Change, changed_tree
from sandbox.seed import DESCRIPTION, REQUIRED_CHECKS, SETTINGS, SeedCommit, seed_commits
from sandbox.world import World

_BRANCH = "main"


def _write(git: pygit2.Repository, seed: SeedCommit, parent: str | None) -> str:
    base = git[parent].peel(pygit2.Tree) if parent else None
    changes = [Change(path=path, sha=str(git.create_blob(data))) for path, data in sorted(seed.files.items())]
    person = signature(seed.author, seed.email, seed.committed_at)
    draft = Draft(
        message=seed.message,
        tree=changed_tree(git, base, changes),
        parents=(parent,) if parent else (),
        author=person,
        committer=person,
    )
    return write_commit(git, draft)


def plant(world: World, full_name: str) -> None:
    """Fill the repository if it has no commit yet; nobody is told, since nobody can be listening."""
    repo, git = find_repo(world, full_name), world.git.open(full_name)
    if repo is None or list(git.references):
        return
    tip: str | None = None
    for seed in seed_commits():
        tip = _write(git, seed, tip)
    git.references.create(f"refs/heads/{_BRANCH}", pygit2.Oid(hex=str(tip)))
    change_repo(world, repo, {"description": DESCRIPTION, **SETTINGS})
    protect(world, full_name)


def protect(world: World, full_name: str) -> None:
    """Require the checks that every pull request runs; administrators are bound as well."""
    app = ensure_app(world, CI_APP)
    checks = [{"context": name, "app_id": app["id"]} for name in REQUIRED_CHECKS]
    rules = {
        "branch": _BRANCH,
        "checks": checks,
        "strict": False,
        "enforce_admins": True,
        "reviews": None,
        "linear": False,
        "force_pushes": False,
        "deletions": False,
        "conversation": False,
    }
    world.store.put(f"protection:{full_name}", _BRANCH, rules)
