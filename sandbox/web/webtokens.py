"""The JSON web tokens with which GitHub Apps say who they are.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

import time

import jwt

from sandbox.store import Store
from sandbox.web.errors import ApiError

#: "The expiration time … must be no more than 10 minutes into the future"
_LONGEST_S = 600
#: tolerated difference of clocks
_LEEWAY_S = 60


def is_web_token(secret: str) -> bool:
    """Tell a JSON web token from GitHub's own: a base64 of `{"…`, in three parts."""
    return secret.startswith("eyJ") and secret.count(".") == 2  # noqa: PLR2004 -- header, claims, signature


def app_behind(store: Store, secret: str) -> str:
    """Verify a token by the key of the app that it names; the app's slug, or 401 in GitHub's words."""
    try:
        issuer = str(jwt.decode(secret, options={"verify_signature": False}).get("iss"))
        installed = next(iter(store.find("installation", "issuer", issuer)), None)
        if installed is None:
            raise ApiError(401, "Integration not found")
        claims = jwt.decode(
            secret,
            installed["public_key"],
            algorithms=["RS256"],
            options={"require": ["exp", "iat"]},
            leeway=_LEEWAY_S,
        )
    except jwt.ExpiredSignatureError:
        raise ApiError(401, "'Expiration time' claim ('exp') must be a numeric value in the future") from None
    except jwt.PyJWTError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    if claims["exp"] > time.time() + _LONGEST_S + _LEEWAY_S:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return str(installed["slug"])
