"""Takes the objects of a push into a repository, checked by git itself."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

#: more objects than this are kept as one pack, as git's own receive.unpackLimit does
_LOOSE_LIMIT = 100
_COUNT = slice(8, 12)


async def unpack(repository: Path, pack: bytes) -> str:
    """Store a pack's objects; returns git's complaint, or an empty string if all is well."""
    few = int.from_bytes(pack[_COUNT], "big") < _LOOSE_LIMIT
    command = (
        ("unpack-objects", "-q", "--strict") if few else ("index-pack", "--stdin", "--fix-thin", "--strict")
    )
    process = await asyncio.create_subprocess_exec(
        *("git", f"--git-dir={repository}", *command), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    _, complaint = await process.communicate(pack)
    if process.returncode == 0:
        return ""
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"git {command[0]} failed"
