from __future__ import annotations

from enum import StrEnum

from tasks_app.pipeline.drawing import as_markdown
from tasks_app.pipeline.machine import Machine
from tasks_app.pipeline.states import State, public_status


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    DIM = "dim"
    BROKEN = "broken"
    GONE = "gone"


class Act(StrEnum):
    PRESS = "press"
    DROP = "drop"


LAMP = Machine(
    {
        Lamp.OFF: {Act.PRESS: frozenset({Lamp.ON, Lamp.DIM}), Act.DROP: frozenset({Lamp.BROKEN})},
        Lamp.ON: {Act.PRESS: frozenset({Lamp.OFF})},
        Lamp.DIM: {Act.DROP: frozenset({Lamp.GONE})},
        Lamp.GONE: {},
        Lamp.BROKEN: {},
    }
)
PAGE = """\
# States

Drawn from the tables in the code by `python manage.py states`; do not edit.

## Lamp

```mermaid
stateDiagram-v2
    off --> dim: press
    off --> on: press
    off --> broken: drop
    on --> off: press
    dim --> gone: drop
    broken --> [*]
    gone --> [*]
```

| state | event | leads to |
|---|---|---|
| `off` | press | `dim`, `on` |
| `off` | drop | `broken` |
| `on` | press | `off` |
| `dim` | drop | `gone` |

## Public status of a task

| state | status |
|---|---|
"""


def test_a_machine_is_drawn_as_a_diagram_and_a_table():
    statuses = "".join(f"| `{state}` | {public_status(state)} |\n" for state in State)
    assert as_markdown({"Lamp": LAMP}, public_status) == PAGE + statuses
