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


def _models(wanted: str | None) -> dict[str, Any]:
    found = {
        name: {"id": name, "object": "model", "created": _CREATED, "owned_by": "sandbox"} for name in MODELS
    }
    if wanted is None:
        return {"object": "list", "data": list(found.values())}
    if wanted not in found:
        message = f"The model '{wanted}' does not exist"
        raise ChatError(404, message, code="model_not_found", param="model")
    return found[wanted]


class Model:
    """The endpoints of the model."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._journal = Journal(world.store, JOURNAL)

    async def models(self, request: Request) -> Response:
        """List the models, or show one."""
        try:
            _check_key(request)
            shown = _models(request.path_params.get("model"))
        except ChatError as error:
            return JSONResponse(error.body(), error.status)
        return JSONResponse(shown)

    async def complete(self, request: Request) -> Response:
        """Answer a conversation."""
        try:
            _check_key(request)
            body = await _body(request)
            task = read_task(body)
        except ChatError as error:
            return JSONResponse(error.body(), error.status)
        git = self._world.git.open(self._world.config.repo)
        known = list(documents_of(git, "main").items())
        completion = _completion(body, reply_to(task, known))
        self._journal.add(_entry(self._world, task, completion))
        return JSONResponse(completion, headers={"x-request-id": f"req_{uuid.uuid4().hex}"})

    async def calls(self, _: Request) -> Response:
        """List the newest calls."""
        return JSONResponse(self._journal.entries())


def mount(world: World) -> Sequence[BaseRoute]:
    """Serve `/v1/models`, `/v1/models/{model}` and `/v1/chat/completions`; calls are kept in the journal."""
    model = Model(world)
    return (
        Route("/_sandbox/chat", model.calls),
        Route("/v1/models", model.models),
        Route("/v1/models/{model}", model.models),
        Route("/v1/chat/completions", model.complete, methods=["POST"]),
    )
