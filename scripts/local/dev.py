"""The environment of those who work on the project: what the product needs, and the tools beside it."""

from collections.abc import Sequence

from scripts.local.places import DEV_REQUIREMENTS, ROOT, RUN_REQUIREMENTS, VENV
from scripts.local.venv import Venv, ensure, is_inside, reenter

DEV = Venv(path=VENV, flavour="dev", requirements=(RUN_REQUIREMENTS, DEV_REQUIREMENTS))


def enter(script: str, arguments: Sequence[str]) -> None:
    """Make the environment ready and go on inside it, by starting `scripts/<script>` anew when necessary."""
    if ensure(DEV) or not is_inside(DEV):
        reenter(DEV, ROOT / "scripts" / script, arguments)
