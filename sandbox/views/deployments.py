"""Deployments as GitHub shows them."""

from typing import Any

from sandbox.store import Doc
from sandbox.views.issues import user_json
from sandbox.views.links import node_id
from sandbox.world import World


def deployment_json(world: World, repo: str, deployment: Doc) -> dict[str, Any]:
    """GitHub's `deployment`."""
    url = world.links.repo(repo, "deployments", deployment["id"])
    plain = ("id", "sha", "ref", "task", "payload", "environment", "description", "created_at", "updated_at")
    return {
        "url": url,
        "node_id": node_id("Deployment", repo, deployment["id"]),
        **{name: deployment[name] for name in plain},
        "original_environment": deployment["environment"],
        "creator": user_json(world, deployment["creator"]),
        "statuses_url": f"{url}/statuses",
        "repository_url": world.links.repo(repo),
        "transient_environment": deployment["transient"],
        "production_environment": deployment["production"],
        "performed_via_github_app": None,
    }


def deployment_status_json(world: World, repo: str, status: Doc) -> dict[str, Any]:
    """GitHub's `deployment-status`."""
    deployment = world.links.repo(repo, "deployments", status["deployment"])
    plain = (
        "id",
        "state",
        "description",
        "environment",
        "environment_url",
        "log_url",
        "created_at",
        "updated_at",
    )
    return {
        "url": f"{deployment}/statuses/{status['id']}",
        "node_id": node_id("DeploymentStatus", repo, status["id"]),
        **{name: status[name] for name in plain},
        "creator": user_json(world, status["creator"]),
        "target_url": status["log_url"],
        "deployment_url": deployment,
        "repository_url": world.links.repo(repo),
        "performed_via_github_app": None,
    }
