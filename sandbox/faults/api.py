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

_AT = "/_sandbox/faults"
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


def _is_foreign(request: Request) -> bool:
    """Tell a form that another site's page has sent."""
    return request.headers.get("origin", "") not in {"", f"http://{request.headers.get('host', '')}"}


async def _wanted(request: Request) -> object:
    body = await request.body()
    return _from_form(body) if _is_form(request) else json.loads(body)


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def routes(world: World, armory: Armory) -> list[BaseRoute]:
    """List, arm and clear; a form sent by the page is answered with the page."""

    async def arm(request: Request) -> Response:
        try:
            wanted = await _wanted(request)
            if _is_foreign(request) or not isinstance(wanted, dict):
                return _refused("a JSON object is wanted, and not from another site")
            fault = armory.arm(wanted, world.now())
        except (FaultError, ValueError) as error:
            return _refused(str(error))
        return RedirectResponse("/#faults", 303) if _is_form(request) else JSONResponse(view(fault), 201)

    async def listing(_: Request) -> Response:
        return JSONResponse([view(fault) for fault in armory.armed()])

    async def clear(request: Request) -> Response:
        if _is_foreign(request):
            return _refused("not from another site")
        armory.clear(request.path_params.get("number"))
        return RedirectResponse("/#faults", 303) if request.method == "POST" else Response(status_code=204)

    return [
        Route(_AT, listing, methods=["GET"]),
        Route(_AT, arm, methods=["POST"]),
        Route(_AT, clear, methods=["DELETE"]),
        Route(f"{_AT}/clear", clear, methods=["POST"]),
        Route(f"{_AT}/{{number:int}}", clear, methods=["DELETE"]),
        Route(f"{_AT}/{{number:int}}/clear", clear, methods=["POST"]),
    ]
