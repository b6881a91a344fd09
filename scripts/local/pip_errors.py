"""What pip's many lines mean, said in one."""

from scripts.local.errors import Refused

#: each meaning with the words of pip, venv or the operating system that show it, most telling first
_MEANINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("No space left on device", "Disk quota exceeded"),
        "the disk is full: the packages need about 700 MB beside this checkout",
    ),
    (
        ("ensurepip is not available", "No module named venv", "No module named ensurepip"),
        "this Python comes without venv: install it (on Debian and Ubuntu: the package python3-venv)",
    ),
    (
        ("DO NOT MATCH THE HASHES", "don't match the hashes"),
        "a downloaded package differs from its pinned hash; nothing was installed from it",
    ),
    (
        (
            "Failed to establish a new connection",
            "Temporary failure in name resolution",
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeout",
            "ReadTimeout",
            "Read timed out",
            "Network is unreachable",
            "Connection refused",
            "ProxyError",
            "SSLError",
        ),
        "the package index cannot be reached: the first start needs the network once",
    ),
    (
        ("Permission denied", "Read-only file system"),
        "this checkout cannot be written: .venv is made inside it",
    ),
)


def refusal_from_pip(output: str, log: str) -> Refused:
    """Name the cause found in `output`; `log` says where the whole of it can be read."""
    for signs, meaning in _MEANINGS:
        if any(sign in output for sign in signs):
            return Refused(f"{meaning} (details: {log})")
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "no output")
    return Refused(f"installing the packages failed: {last} (details: {log})")
