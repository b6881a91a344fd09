"""An OpenAI-compatible chat model at `/v1`: it quotes the repository's documents, and nothing else.

https://platform.openai.com/docs/api-reference/chat/object
"""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.chat.conversation import ChatError, Task, read_task
from sandbox.chat.reply import Reply, count_tokens, reply_to
from sandbox.journal import Journal
from sandbox.trees import documents_of
from sandbox.world import World

#: Every `gpt-…` name is answered as well, so that a product's usual settings work unchanged.
MODELS = ("lumen-extract-1", "gpt-4o-mini", "gpt-4.1-mini")
_CREATED = 1_767_225_600
JOURNAL = "chat_call"


def _check_key(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise ChatError(
            401, "You didn't provide an API key. You need to provide your API key in an Authorization header"
        )
    if not key.startswith("sk-"):
        raise ChatError(401, f"Incorrect API key provided: {key[:3]}***.", code="invalid_api_key")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise ChatError(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise ChatError(400, "The body of your request must be a JSON object.")
    model = body.get("model")
    if not model:
        raise ChatError(400, "you must provide a model parameter")
    if model not in MODELS and not str(model).startswith("gpt-"):
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise ChatError(404, message, code="model_not_found")
    return body


def _completion(body: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    asked = sum(count_tokens(json.dumps(one, ensure_ascii=False)) for one in body["messages"])
    said = count_tokens(reply.content)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.content,
        "refusal": None,
        "annotations": [],
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish_reason}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [choice],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    }


def _entry(world: World, task: Task, completion: Mapping[str, Any]) -> dict[str, Any]:
    choice = completion["choices"][0]
    return {
        "at": world.now().isoformat(),
        "model": completion["model"],
        "question": task.question[:500],
        "reply": choice["message"]["content"],
        "finish_reason": choice["finish_reason"],
        "usage": completion["usage"],
    }


def mount(world: World) -> Sequence[BaseRoute]:
    """Serve `/v1/models`, `/v1/models/{model}` and `/v1/chat/completions`; calls are kept in the journal."""
    journal = Journal(world.store, JOURNAL)

    def own_documents() -> dict[str, str]:
        return documents_of(world.git.open(world.config.repo), "main")

    async def models(request: Request) -> Response:
        try:
            _check_key(request)
        except ChatError as error:
            return JSONResponse(error.body(), error.status)
        wanted = request.path_params.get("model")
        found = [
            {"id": name, "object": "model", "created": _CREATED, "owned_by": "sandbox"} for name in MODELS
        ]
        if not wanted:
            return JSONResponse({"object": "list", "data": found})
        one = next((model for model in found if model["id"] == wanted), None)
        missing = ChatError(
            404, f"The model '{wanted}' does not exist", code="model_not_found", param="model"
        )
        return JSONResponse(one) if one else JSONResponse(missing.body(), missing.status)

    async def complete(request: Request) -> Response:
        try:
            _check_key(request)
            body = await _body(request)
            task = read_task(body)
        except ChatError as error:
            return JSONResponse(error.body(), error.status)
        documents = own_documents() if task.documents is None else task.documents
        completion = _completion(body, reply_to(task, documents))
        journal.add(_entry(world, task, completion))
        return JSONResponse(completion, headers={"x-request-id": f"req_{uuid.uuid4().hex}"})

    async def calls(_: Request) -> Response:
        return JSONResponse(journal.entries())

    return (
        Route("/_sandbox/chat", calls),
        Route("/v1/models", models),
        Route("/v1/models/{model}", models),
        Route("/v1/chat/completions", complete, methods=["POST"]),
    )
