"""Labels of a repository."""

from sandbox.store import Doc
from sandbox.web.errors import invalid
from sandbox.world import World

_GREY = "ededed"


def label_named(world: World, repo: str, name: str) -> Doc | None:
    """Find a label, in any case of letters."""
    return world.store.get(f"label:{repo}", name.lower())


def create_label(
    world: World, repo: str, name: str, color: str = _GREY, description: str | None = None
) -> Doc:
    """Make a label; 422 if there is one of that name."""
    if label_named(world, repo, name) is not None:
        raise invalid("Label", "name", "already_exists")
    document = {
        "id": world.store.next_id("id", start=1001),
        "name": name,
        "color": color.removeprefix("#").lower(),
        "description": description,
        "default": False,
    }
    return world.store.put(f"label:{repo}", name.lower(), document)


def ensure_labels(world: World, repo: str, names: list[str]) -> list[str]:
    """Make the labels that are missing, and return all names as the repository spells them."""
    found = [label_named(world, repo, name) or create_label(world, repo, name) for name in names]
    return list(dict.fromkeys(str(label["name"]) for label in found))
