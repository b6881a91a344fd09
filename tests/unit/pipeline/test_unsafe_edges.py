"""Where a value is just a secret, and where a number is just an account."""

import pytest

from tasks_app.pipeline.unsafe import findings


def kinds(text: str) -> list[str]:
    return [finding.kind for finding in findings(text)]


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("password: abcdef12", False),
        ("password: abcdef1!", True),  # a third kind of characters
        ("password: Abcdef12", True),
        ("password=abcdef12", True),
        ("password=AbcDefgh", False),  # no digit
        ("token=12345678", False),  # nothing but digits
        ("token: " + "a1" * 12, False),  # long, but always the same
        ("token: abcdefghijklmnop1234567", False),
        ("token: abcdefghijklmnop12345678", True),
    ],
)
def test_a_named_value_is_a_secret_from_here_on(text, is_secret):
    assert kinds(text) == (["named_secret"] if is_secret else [])


@pytest.mark.parametrize(
    ("number", "is_account"),
    [
        ("NO9386011117947", True),  # the shortest there is
        ("DE89370400440532013000", True),
        ("DE6437040044053201", False),  # its check is right and its length is not
        ("XX8634567890123456", False),  # no such country, though its check is right
    ],
)
def test_an_account_has_its_countrys_length(number, is_account):
    assert kinds(number) == (["iban"] if is_account else [])


def test_a_letter_that_stands_for_three_moves_no_finding():
    text = "oﬃce: jane@b.example"
    (found,) = findings(text)
    assert text[slice(*found.span)] == "jane@b.example"
