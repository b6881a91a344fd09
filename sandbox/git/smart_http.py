"""Clone, fetch and push over HTTP.

https://git-scm.com/docs/http-protocol
"""

import asyncio
import gzip
import os
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.forge.receiving import Outcome, receive
from sandbox.forge.refs import RefChange
from sandbox.forge.repos import find_repo
from sandbox.git.pktline import FLUSH, band, packet, until_flush
from sandbox.git.unpacking import unpack
from sandbox.store import Doc
from sandbox.views.pushes import ZERO
from sandbox.web.auth import Actor, authenticate
from sandbox.web.errors import ApiError
from sandbox.world import World

_CAPABILITIES = (
    "report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=sandbox"
)
_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}
_BLOCK = 65536
_SHALLOW = b"shallow "
_SHA = re.compile("[0-9a-f]{40}")


class SmartHttp:
    """The three addresses git asks."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def info_refs(self, request: Request) -> Response:
        """Advertise refs and capabilities of a service."""
        service = request.query_params.get("service", "")
        found = self._admitted(request, writes=service == "git-receive-pack")
        if isinstance(found, Response):
            return found
        repo, _ = found
        if service == "git-upload-pack":
            options = ("--stateless-rpc", "--http-backend-info-refs")
            body = await _whole(await self._upload_pack(request, repo, options, b""))
        elif service == "git-receive-pack":
            body = self._receive_refs(repo)
        else:
            return PlainTextResponse("Please upgrade your git client.\n", 403)
        media_type = f"application/x-{service}-advertisement"
        intro = packet(f"# service={service}\n".encode()) + FLUSH
        if service == "git-upload-pack" and "version=2" in request.headers.get("git-protocol", ""):
            intro = b""
        return Response(intro + body, media_type=media_type, headers=_NO_CACHE)

    async def upload_pack(self, request: Request) -> Response:
        """Serve a clone or fetch."""
        found = self._admitted(request, writes=False)
        if isinstance(found, Response):
            return found
        body = await _body(request)
        process = await self._upload_pack(request, found[0], ("--stateless-rpc",), body)
        media_type = "application/x-git-upload-pack-result"
        return StreamingResponse(_blocks(process), media_type=media_type, headers=_NO_CACHE)

    async def receive_pack(self, request: Request) -> Response:
        """Serve a push."""
        found = self._admitted(request, writes=True)
        if isinstance(found, Response):
            return found
        repo, actor = found
        try:
            packets, pack = until_flush(await _body(request))
            changes, options = _commands(packets)
        except ValueError:
            return PlainTextResponse("Malformed push request.\n", 400)
        media_type = "application/x-git-receive-pack-result"
        if not changes:
            return Response(b"", media_type=media_type)
        problem = await unpack(self._path(repo), pack) if pack else ""
        if problem:
            outcomes = [Outcome(change=change, reason="unpacker error") for change in changes]
        else:
            outcomes = receive(self._world, repo, actor, changes, atomic="atomic" in options)
        return Response(_report(outcomes, problem, options), media_type=media_type, headers=_NO_CACHE)

    def _admitted(self, request: Request, *, writes: bool) -> tuple[Doc, Actor] | Response:
        name = request.path_params["repo"].removesuffix(".git")
        repo = find_repo(self._world, f"{request.path_params['owner']}/{name}")
        try:
            actor = authenticate(self._world.store, request.headers.get("authorization", ""))
        except ApiError:
            return _ask("Invalid username or token.\n")
        if repo is None:
            return PlainTextResponse("Repository not found.\n", 404)
        if writes and not actor.login:
            return _ask("Authentication required.\n")
        if writes and not actor.may("contents", "write"):
            return PlainTextResponse("Write access to repository not granted.\n", 403)
        return repo, actor

    async def _upload_pack(
        self, request: Request, repo: Doc, options: tuple[str, ...], body: bytes
    ) -> asyncio.subprocess.Process:
        environment = {**os.environ, "GIT_PROTOCOL": request.headers.get("git-protocol", "")}
        command = ("git", "upload-pack", *options, str(self._path(repo)))
        stdin = (
            PIPE if body else DEVNULL
        )  # a process that reads nothing may end before it could be written to
        process = await asyncio.create_subprocess_exec(*command, stdin=stdin, stdout=PIPE, env=environment)
        if process.stdin is not None:
            process.stdin.write(body)
            process.stdin.close()
        return process

    def _path(self, repo: Doc) -> Path:
        return self._world.git.path(repo["full_name"])

    def _receive_refs(self, repo: Doc) -> bytes:
        references = self._world.git.open(repo["full_name"]).references
        shown = [name for name in sorted(references) if not name.startswith("refs/pull/")]
        lines = [f"{references[name].target} {name}" for name in shown] or [f"{ZERO} capabilities^{{}}"]
        lines[0] += f"\0{_CAPABILITIES}"
        return b"".join(packet(f"{line}\n".encode()) for line in lines) + FLUSH


def routes(world: World) -> list[BaseRoute]:
    """Addresses below `/{owner}/{repo}` or `/{owner}/{repo}.git`."""
    git, base = SmartHttp(world), "/{owner}/{repo}"
    return [
        Route(f"{base}/info/refs", git.info_refs),
        Route(f"{base}/git-upload-pack", git.upload_pack, methods=["POST"]),
        Route(f"{base}/git-receive-pack", git.receive_pack, methods=["POST"]),
    ]


def _commands(packets: list[bytes]) -> tuple[list[RefChange], set[str]]:
    # A shallow clone names first where its history was cut. Ours is whole, so that tells us nothing: what
    # it pushes stands on commits that are here, or its objects are found missing.
    packets = [line for line in packets if not line.startswith(_SHALLOW)]
    if not packets:
        return [], set()
    first, _, capabilities = packets[0].partition(b"\0")
    changes = []
    for line in (first, *packets[1:]):
        old, new, name = line.decode().rstrip("\n").split(" ", 2)
        if not (_SHA.fullmatch(old) and _SHA.fullmatch(new)):
            raise ValueError(line)
        changes.append(RefChange(name=name, old=_sha(old), new=_sha(new)))
    return changes, set(capabilities.decode().split())


def _sha(value: str) -> str | None:
    return None if value == ZERO else value


def _report(outcomes: list[Outcome], problem: str, options: set[str]) -> bytes:
    lines = [f"unpack {problem or 'ok'}"]
    lines += [
        f"ng {one.change.name} {one.reason}" if one.reason else f"ok {one.change.name}" for one in outcomes
    ]
    report = b"".join(packet(f"{line}\n".encode()) for line in lines) + FLUSH
    if "side-band-64k" not in options:
        return report
    remarks = "".join(f"{one.remark}\n" for one in outcomes if one.remark)
    return band(2, remarks.encode()) + band(1, report) + FLUSH


def _ask(message: str) -> Response:
    return PlainTextResponse(message, 401, {"WWW-Authenticate": 'Basic realm="GitHub"'})


async def _body(request: Request) -> bytes:
    body = await request.body()
    if request.headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise ValueError("broken gzip body") from error


async def _blocks(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    if process.stdout is not None:
        while block := await process.stdout.read(_BLOCK):
            yield block
    await process.wait()


async def _whole(process: asyncio.subprocess.Process) -> bytes:
    return b"".join([block async for block in _blocks(process)])
