from dataclasses import fields
from pathlib import Path

from sandbox.__main__ import _parser
from scripts.local.children import sandbox_child
from scripts.local.environment import Ports
from scripts.local.kept import Kept


def test_a_secret_that_begins_with_a_hyphen_is_a_value():
    kept = Kept(**{field.name: "-secret" for field in fields(Kept)})
    child = sandbox_child(Path("data"), {}, Ports(web=1, sandbox=2, redis=3, spool=4), kept)
    options = _parser().parse_args(child.argv[3:])
    assert (options.token, options.hook_secret) == ("-secret", "-secret")
