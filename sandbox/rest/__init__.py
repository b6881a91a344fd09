"""Every REST operation, in the order in which templates are tried."""

from sandbox.rest import (
    accounts,
    actions,
    apps,
    blobs,
    branches,
    check_suites,
    checks,
    comments,
    commits,
    compare,
    contents,
    deployments,
    file_commits,
    git_commits,
    hooks,
    issues,
    labels,
    merging,
    protection,
    pulls,
    rate,
    refs,
    releases,
    repos,
    reviews,
    rulesets,
    statuses,
    trees,
)

#: a template that ends in `{name:path}` swallows what follows, so narrower ones stand before it
_MODULES = (
    *(accounts, apps, rate, repos),
    *(refs, blobs, trees, git_commits),
    *(protection, branches, rulesets),
    *(actions, checks, check_suites, statuses, commits, compare),
    *(contents, file_commits),
    *(pulls, merging, reviews),
    *(comments, labels, issues),
    *(deployments, hooks, releases),
)

ENDPOINTS = tuple(one for module in _MODULES for one in module.ENDPOINTS)
