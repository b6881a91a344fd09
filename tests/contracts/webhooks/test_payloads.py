"""Whatever GitHub sends, or somebody who knows the secret makes of it, is answered and never crashes us."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks_app.models import InboxDelivery
from tests.contracts.webhooks.examples import EVENTS, SECRET, deliver, payloads

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(), max_size=20)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([2**63, -(2**63) - 1, 10**400]),
    st.floats(), TEXTS, st.sampled_from(["\ud800", "\0", "a" * 40, "A" * 70_000, "👩‍🚀", "/", "x/y"]),
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8)
DEEP = st.integers(10, 5000).map(lambda depth: "[" * depth + "]" * depth)
#: Whole numbers too long for Python to read, by its own protection.
LONG = st.integers(4301, 9000).map(lambda length: "9" * length)


@pytest.fixture(autouse=True)
def _secret(settings, tmp_path):
    settings.GITHUB_WEBHOOK_SECRET = SECRET
    settings.STATIC_ROOT = str(tmp_path)


def places_in(payload, path=()):
    """Every path into a payload."""
    inner = payload.items() if isinstance(payload, dict) else enumerate(payload)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places_in(value, (*path, key))


@st.composite
def mutations(draw):
    """An event and the JSON of one of its payloads with some places removed or replaced."""
    event = draw(st.sampled_from(EVENTS))
    payload = copy.deepcopy(draw(st.sampled_from(payloads()[event])))
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from([*places_in(payload)]))
        parent = payload
        for key in way:
            parent = parent[key]
        if draw(st.booleans()):
            parent[last] = draw(VALUES)
        else:
            del parent[last]
        if not payload:
            break
    return event, json.dumps(payload)


def test_the_sample_holds_every_event_that_hints_are_taken_from():
    assert set(EVENTS) <= set(payloads())
    assert all(len(payloads()[event]) >= 4 for event in EVENTS)


@pytest.mark.parametrize("event", sorted(payloads()))
def test_every_real_payload_is_taken_and_stored(client, event):
    examples = payloads()[event]
    answers = [deliver(client, event, json.dumps(one, ensure_ascii=False).encode()) for one in examples]
    assert {answer.status_code for answer in answers} == {202}
    assert InboxDelivery.objects.filter(event=event).count() == len(examples)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated=mutations())
def test_no_mutation_of_a_real_payload_crashes(client, mutated):
    event, text = mutated
    assert deliver(client, event, text.encode()).status_code in {202, 400}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.sampled_from(EVENTS), inner=DEEP | LONG | VALUES.map(json.dumps))
def test_no_value_crashes_where_an_identifier_is_expected(client, event, inner):
    texts = [
        inner, f'{{"action": {inner}}}', f'{{"{event}": {inner}, "pull_request": {inner}}}',
        f'{{"issue": {{"number": {inner}}}, "sha": {inner}, "after": {inner}}}',
        f'{{"repository": {{"full_name": {inner}}}, "deployment": {{"sha": {inner}}}}}',
    ]  # fmt: skip
    assert {deliver(client, event, text.encode()).status_code for text in texts} <= {202, 400}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(min_size=1, max_size=300))
def test_no_bytes_crash(client, body):
    assert deliver(client, "push", body).status_code in {202, 400}
