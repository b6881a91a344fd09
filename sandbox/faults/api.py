"""Arming by HTTP: `/_sandbox/faults`."""

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults.armory import Armory, Fault, FaultError
from sandbox.world import World

_NUMBERS = {"times", "status", "delay_ms", "retry_after_s", "duration_s"}


def view(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON values."""
    return {**asdict(fault), "until": fault.until.isoformat() if fault.until else None}


def _from_form(body: bytes) -> dict[str, Any]:
    given = dict(parse_qsl(body.decode()))
    return {
        name: int(value) if name in _NUMBERS and value.isdecimal() else value for name, value in given.items()
    }


def _refused(reason: str) -> Response:
    return JSONResponse({"message": reason}, 422)


def routes(world: World, armory: Armory) -> list[BaseRoute]:
    """List, arm and clear; a form sent by the page is answered with the page."""

    async def arm(request: Request) -> Response:
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        try:
            body = await request.body()
            wanted: object = _from_form(body) if is_form else json.loads(body)
            if not isinstance(wanted, dict):
                return _refused("a JSON object is wanted")
            fault = armory.arm(wanted, world.now())
        except (FaultError, ValueError) as error:
            return _refused(str(error))
        return RedirectResponse("/#faults", 303) if is_form else JSONResponse(view(fault), 201)

    async def listing(_: Request) -> Response:
        return JSONResponse([view(fault) for fault in armory.armed()])

    async def clear(request: Request) -> Response:
        armory.clear(request.path_params.get("number"))
        return RedirectResponse("/#faults", 303) if request.method == "POST" else Response(status_code=204)

    return [
        Route("/_sandbox/faults", listing, methods=["GET"]),
        Route("/_sandbox/faults", arm, methods=["POST"]),
        Route("/_sandbox/faults", clear, methods=["DELETE"]),
        Route("/_sandbox/faults/clear", clear, methods=["POST"]),
        Route("/_sandbox/faults/{number:int}", clear, methods=["DELETE"]),
        Route("/_sandbox/faults/{number:int}/clear", clear, methods=["POST"]),
    ]
