"""The core's part of `/_sandbox/`: the log of the sandbox's own time, tokens and apps to test with."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.forge.accounts import ensure_app, ensure_user
from sandbox.forge.apps import install_app
from sandbox.web.auth import Token, add_token
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """`GET /_sandbox/log?since=ID`, `POST /_sandbox/tokens` and `POST /_sandbox/apps`."""

    async def log(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        return JSONResponse(world.log.since(int(since) if since.isdecimal() else 0))

    async def tokens(request: Request) -> Response:
        """Body: `{token, login, permissions: {name: level} | null, admin, app}`."""
        body = await request.json()
        token = Token(
            secret=body["token"],
            login=body["login"],
            permissions=body.get("permissions"),
            admin=bool(body.get("admin", False)),
            app=body.get("app"),
        )
        ensure_user(world, token.login, "User" if token.app is None else "Bot")
        if token.app is not None:
            ensure_app(world, token.app)
        add_token(world.store, token)
        return Response(status_code=204)

    async def apps(request: Request) -> Response:
        """Body: `{slug, public_key, permissions, token_life_s}`; answers `{id, installation_id}`."""
        body = await request.json()
        installed = install_app(
            world,
            body["slug"],
            public_key=body["public_key"],
            permissions=body.get("permissions") or {},
            token_life_s=float(body.get("token_life_s", 3600)),
        )
        return JSONResponse({"id": installed["app_id"], "installation_id": installed["id"]}, 201)

    return [
        Route("/_sandbox/log", log),
        Route("/_sandbox/tokens", tokens, methods=["POST"]),
        Route("/_sandbox/apps", apps, methods=["POST"]),
    ]
