from __future__ import annotations

from tests.faults.broker import messages_in


def test_what_was_pushed_together_is_doubled_one_by_one():
    first, second = '{"body": "a b", "headers": {"id": 1}}', '{"body": "{}", "headers": {"id": 2}}'
    assert messages_in(f"{first} {second}") == [first, second]


def test_a_single_message_is_itself():
    assert messages_in('{"body": ""}') == ['{"body": ""}']
