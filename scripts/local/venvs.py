"""The two states of `.venv`: what the product needs, and the tools of those who work on it beside that."""

from collections.abc import Sequence

from scripts.local.places import DEV_REQUIREMENTS, ROOT, RUN_REQUIREMENTS, VENV
from scripts.local.venv import Venv, ensure, is_inside, reenter

RUN = Venv(path=VENV, flavour="run", requirements=(RUN_REQUIREMENTS,))
DEV = Venv(path=VENV, flavour="dev", requirements=(RUN_REQUIREMENTS, DEV_REQUIREMENTS), includes=(RUN,))


def enter(venv: Venv, script: str, arguments: Sequence[str]) -> None:
    """Make `venv` ready and go on inside it, by starting `scripts/<script>` anew when necessary."""
    if ensure(venv) or not is_inside(venv):
        reenter(venv, ROOT / "scripts" / script, arguments)
