"""The endpoint `/api/graphql`.

https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.forge import auto_merge, queue_running
from sandbox.graphql.mutations import mutation_root
from sandbox.graphql.queries import query_root
from sandbox.graphql.scene import GraphError, Scene, Shown
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.web.limits import Limiter, LimitError
from sandbox.world import World

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
_DOCS = "https://docs.github.com/graphql"


@lru_cache(maxsize=256)
def _document(source: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(source)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(SCHEMA, document))


def _error(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, GraphError):
        shown["type"] = cause.type
    elif isinstance(cause, ApiError):
        shown |= {"type": "UNPROCESSABLE", "message": _words(cause)}
    elif cause is not None and not isinstance(cause, GraphQLError):
        raise cause
    return shown


def _words(refusal: ApiError) -> str:
    details = [one["message"] for one in refusal.errors if not isinstance(one, str) and "message" in one]
    return ", ".join(details) or refusal.message


def _is_mutation(document: DocumentNode, name: str | None) -> bool:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    chosen = [one for one in operations if name is None or (one.name and one.name.value == name)]
    return any(one.operation is OperationType.MUTATION for one in chosen)


def answer(scene: Scene, body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request in the form of the GraphQL specification, with GitHub's `type` beside each error."""
    source, name = body.get("query"), body.get("operationName")
    if not isinstance(source, str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    document, errors = _document(source)
    if document is None or errors:
        return {"errors": [dict(error.formatted) for error in errors]}
    root = mutation_root(scene) if _is_mutation(document, name) else query_root(scene)
    result = execute_sync(
        SCHEMA, document, root, variable_values=body.get("variables") or {}, operation_name=name
    )
    shown: dict[str, Any] = {} if result.data is None and result.errors is None else {"data": result.data}
    if result.errors:
        shown["errors"] = [_error(error) for error in result.errors]
    return shown


def _budget(limiter: Limiter, actor: Actor) -> Shown:
    budget = limiter.budget(actor, "graphql")
    return {
        "cost": 1,
        "nodeCount": 0,
        "limit": budget.limit,
        "used": budget.used,
        "remaining": budget.remaining,
        "resetAt": datetime.fromtimestamp(budget.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _charge(world: World, actor: Actor, body: dict[str, Any]) -> None:
    """Count a mutation as a request that creates content, as GitHub does."""
    document = _document(body["query"])[0] if isinstance(body.get("query"), str) else None
    if document is not None and _is_mutation(document, body.get("operationName")):
        world.tally.add("graphql_mutation")
        world.tally.add("content_write")
        world.limiter.charge_content(actor)


def mount(world: World) -> Sequence[BaseRoute]:
    """Serve `POST /api/graphql`."""
    auto_merge.watch(world)
    queue_running.watch(world)

    async def serve(request: Request) -> Response:
        actor: Actor = request.state.actor
        if not actor.login:
            message = "This endpoint requires you to be authenticated."
            return JSONResponse({"message": message, "documentation_url": _DOCS, "status": "401"}, 401)
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return JSONResponse({"message": "Problems parsing JSON", "documentation_url": _DOCS}, 400)
        try:
            _charge(world, actor, body)
        except LimitError as refusal:
            world.tally.add(f"refused_{refusal.kind}")
            return refusal.response()
        scene = Scene(world=world, actor=actor, budget=lambda: _budget(world.limiter, actor))
        return JSONResponse(answer(scene, body))

    return (Route("/api/graphql", serve, methods=["POST"]),)
