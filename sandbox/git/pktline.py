"""Git's packet lines.

https://git-scm.com/docs/protocol-common
"""

FLUSH = b"0000"
_HEAD = 4
#: a side-band-64k packet holds at most 65520 bytes, five of them length and band
_MOST = 65515


def packet(data: bytes) -> bytes:
    """Frame one packet."""
    return f"{len(data) + _HEAD:04x}".encode() + data


def band(number: int, data: bytes) -> bytes:
    """Frame data for a side band: 1 is the answer, 2 is text for people."""
    pieces = (data[at : at + _MOST] for at in range(0, len(data), _MOST))
    return b"".join(packet(bytes([number]) + piece) for piece in pieces)


def until_flush(raw: bytes) -> tuple[list[bytes], bytes]:
    """Read packets up to the first flush, and give what follows; ValueError if the framing is broken."""
    found: list[bytes] = []
    at = 0
    while at < len(raw):
        size = int(raw[at : at + _HEAD], 16)
        if size == 0:
            return found, raw[at + _HEAD :]
        if size < _HEAD or at + size > len(raw):
            raise ValueError("truncated packet")
        found.append(raw[at + _HEAD : at + size])
        at += size
    return found, b""
