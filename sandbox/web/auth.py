"""Who is asking, by token, and what the token may do."""

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.store import Store
from sandbox.web.errors import ApiError
from sandbox.web.webtokens import app_behind, is_web_token

_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The bearer of a token, or nobody."""

    #: account name, empty for an anonymous request
    login: str = ""
    #: granted permission → level (read, write, admin); None grants all, as a classic token does
    permissions: Mapping[str, str] | None = None
    #: True for an administrator, who may pass protection that does not bind administrators
    admin: bool = False
    #: slug of the GitHub App the token belongs to, or None for a person's token
    app: str | None = None
    #: True for the app itself, which has shown a JSON web token, as against one of its installations
    is_app: bool = False
    #: what rate limits are counted by
    bucket: str = "anonymous"

    def may(self, permission: str, level: str) -> bool:
        """Whether the token grants at least `level` of `permission`."""
        if not self.login:
            return False
        if self.permissions is None:
            return True
        granted = self.permissions.get(permission)
        return granted is not None and _LEVELS.index(granted) >= _LEVELS.index(level)

    def require(self, permission: str, level: str) -> None:
        """Refuse with GitHub's words what the token does not grant."""
        if not self.login:
            raise ApiError(401, "Requires authentication")
        if not self.may(permission, level):
            kind = "integration" if self.app else "personal access token"
            error = ApiError(403, f"Resource not accessible by {kind}")
            error.headers["X-Accepted-GitHub-Permissions"] = f"{permission}={level}"
            raise error


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential to be known to the sandbox."""

    #: the secret itself; the sandbox's tokens protect nothing real
    secret: str
    #: account that acts
    login: str
    #: see `Actor.permissions`
    permissions: Mapping[str, str] | None = None
    #: see `Actor.admin`
    admin: bool = False
    #: see `Actor.app`
    app: str | None = None
    #: epoch second from which the token is refused; None never
    expires_at: float | None = None


def add_token(store: Store, token: Token) -> None:
    """Make a token valid, or change what it may do."""
    granted = None if token.permissions is None else dict(token.permissions)
    document = {
        "login": token.login,
        "permissions": granted,
        "admin": token.admin,
        "app": token.app,
        "expires_at": token.expires_at,
    }
    store.put("token", token.secret, document)


def authenticate(store: Store, header: str) -> Actor:
    """Find the actor behind an Authorization header (token, Bearer, Basic); 401 for an unknown token."""
    secret = _secret(header)
    if not secret:
        return Actor()
    if is_web_token(secret):
        slug = app_behind(store, secret)
        return Actor(login=f"{slug}[bot]", permissions={}, app=slug, is_app=True, bucket=f"app {slug}")
    document = store.get("token", secret)
    if document is None or _is_over(document.get("expires_at")):
        raise ApiError(401, "Bad credentials")
    return Actor(
        login=document["login"],
        permissions=document["permissions"],
        admin=document["admin"],
        app=document["app"],
        bucket=secret,
    )


def _is_over(expires_at: float | None) -> bool:
    return expires_at is not None and expires_at <= time.time()


def _secret(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() in {"token", "bearer"}:
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "Bad credentials") from None
    return password if password not in {"", "x-oauth-basic"} else user
