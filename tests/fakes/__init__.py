"""In-memory ports for tests: deterministic, scriptable, and held to the same contracts as the real ones."""

from tests.fakes.edges import FakeDeployWatcher, FakeModel, FakeNotifier
from tests.fakes.forge import FakeForge
from tests.fakes.probe import FakePage, FakeProber
from tests.fakes.script import Script

__all__ = [
    "FakeDeployWatcher",
    "FakeForge",
    "FakeModel",
    "FakeNotifier",
    "FakePage",
    "FakeProber",
    "Script",
]
