"""What exists from the first start: the administrator's token, the repository, the CI app, the webhook."""

from sandbox.forge.accounts import CI_APP, ensure_app, ensure_user
from sandbox.forge.hooks import HookSpec, ensure_hook
from sandbox.forge.repos import create_repo, find_repo
from sandbox.web.auth import Token, add_token
from sandbox.world import World


def bootstrap(world: World) -> None:
    """Make what is missing; a second start changes nothing but the token."""
    config = world.config
    owner, _, name = config.repo.partition("/")
    ensure_app(world, CI_APP)
    ensure_user(world, owner, "Organization")
    login = f"{owner}-bot"
    ensure_user(world, login)
    add_token(world.store, Token(secret=config.token, login=login, admin=True))
    if find_repo(world, config.repo) is None:
        create_repo(world, owner, name)
    if config.hook_url:
        ensure_hook(world, config.repo, HookSpec(url=config.hook_url, secret=config.hook_secret))
