"""The live sites at `/sites/{owner}/{name}/`, with `/healthz` naming the commit that is live."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults.armory import Armory, Fault, Kind, Occasion
from sandbox.site.publisher import Publisher
from sandbox.world import World

_BROKEN = "<!doctype html><title>Error</title><h1>Something went wrong</h1>"
_NOT_FOUND = "<!doctype html><title>404</title><h1>There is no such page</h1>"
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


def _broken(fault: Fault, usual: str, kind: str) -> Response:
    headers = {**_HEADERS, **fault.headers}
    return Response(usual if fault.body is None else fault.body, fault.status, headers, kind)


def site_routes(world: World, armory: Armory, publisher: Publisher) -> list[BaseRoute]:
    """Serve health and pages; armed faults are asked first."""

    async def health(request: Request) -> Response:
        release = publisher.live("{owner}/{name}".format(**request.path_params))
        if release is None:
            return JSONResponse({"status": "absent", "version": None}, 503, _HEADERS)
        if fault := armory.take(Kind.BROKEN_HEALTH, world.now(), Occasion(release=release.sha)):
            return _broken(fault, f'{{"status":"error","version":"{release.sha}"}}', "application/json")
        shown = {"status": "ok", "version": release.sha, "deployed_at": release.deployed_at.isoformat()}
        return JSONResponse(shown, headers=_HEADERS)

    async def page(request: Request) -> Response:
        repo, path = "{owner}/{name}".format(**request.path_params), request.path_params["path"]
        release, found = publisher.live(repo), publisher.page(repo, path)
        if release is None or found is None:
            return HTMLResponse(_NOT_FOUND, 404, _HEADERS)
        if fault := armory.take(Kind.BROKEN_PAGE, world.now(), Occasion(release=release.sha)):
            return _broken(fault, _BROKEN, "text/html; charset=utf-8")
        return HTMLResponse(found, headers={**_HEADERS, "X-Version": release.sha})

    async def front(request: Request) -> Response:
        return RedirectResponse("/sites/{owner}/{name}/".format(**request.path_params))

    return [
        Route("/sites/{owner}/{name}/healthz", health),
        Route("/sites/{owner}/{name}", front),
        Route("/sites/{owner}/{name}/{path:path}", page),
    ]
