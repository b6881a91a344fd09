from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.contracts.sandbox_world.extract_schema import EXTRACT, OURS, signatures

GITHUB: dict[str, Any] = json.loads(gzip.decompress(EXTRACT.read_bytes()))["types"]
SANDBOX = signatures(OURS.read_text(encoding="utf-8"))


def missing_arguments(ours: dict[str, Any], theirs: dict[str, Any]) -> set[str]:
    required = {name for name, one in theirs.items() if one["type"].endswith("!") and one["default"] is None}
    return required - ours.keys()


@pytest.mark.parametrize("name", sorted(SANDBOX))
def test_a_type_says_nothing_that_githubs_schema_does_not_say(name: str):
    ours, theirs = SANDBOX[name], GITHUB[name]
    assert ours["kind"] == theirs["kind"]
    assert set(ours["interfaces"]) <= set(theirs["interfaces"])
    assert ours["values"] == theirs["values"]
    assert ours["members"] == theirs["members"]
    assert ours["fields"].keys() <= theirs["fields"].keys()


@pytest.mark.parametrize("name", sorted(name for name, one in SANDBOX.items() if one["fields"]))
def test_fields_have_githubs_types_and_arguments(name: str):
    inputs = SANDBOX[name]["kind"] == "input_object_type_definition"
    if inputs:
        assert SANDBOX[name]["fields"] == GITHUB[name]["fields"]
        return
    for field, ours in SANDBOX[name]["fields"].items():
        theirs = GITHUB[name]["fields"][field]
        assert ours["type"] == theirs["type"], field
        assert ours["args"].items() <= theirs["args"].items(), field
        assert not missing_arguments(ours["args"], theirs["args"]), field
