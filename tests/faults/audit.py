"""`python -m tests.faults.audit`: the invariants over rows, in the environment of a stack; prints JSON."""

from __future__ import annotations

import json
import os

import django


def main() -> None:
    """Print what is wrong as a list of texts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
    django.setup()
    from tests.simulation import rows, snapshot  # noqa: PLC0415 - models need the set-up

    seen = snapshot.take()
    found = [*rows.illegal_histories(seen), *rows.stuck(seen), *rows.undone_twice(seen)]
    print(json.dumps(found, ensure_ascii=False))  # noqa: T201 - whoever started this reads it


if __name__ == "__main__":
    main()
