import re
import re._constants as op  # type: ignore[import-not-found]  # the typeshed leaves them out
import re._parser as regex_parser  # type: ignore[import-not-found]  # as above
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tasks_app.pipeline import unsafe
from tasks_app.pipeline.unsafe import Harm, findings

SECRET, PERSONAL, ABUSE = Harm.SECRET, Harm.PERSONAL_DATA, Harm.ABUSE
# Written in halves so that no scanner takes the samples for the real thing.
HARMFUL = [
    (SECRET, "github_token", "gh" + "p_" + "a1B2" * 9),
    (SECRET, "github_token", "github" + "_pat_" + "A1b2" * 8),
    (SECRET, "gitlab_token", "gl" + "pat-" + "x1Y2" * 5),
    (SECRET, "aws_key", "AK" + "IA" + "ABCD" * 4),
    (SECRET, "openai_key", "s" + "k-proj-" + "a1B2" * 6),
    (SECRET, "stripe_key", "sk_" + "live_" + "a1B2" * 6),
    (SECRET, "google_key", "AI" + "za" + "a1B2c" * 7),
    (SECRET, "slack_token", "xo" + "xb-" + "1234-abcd-5678"),
    (SECRET, "slack_webhook", "hooks.slack" + ".com/services/T0000000/B0000000/" + "a1B2" * 6),
    (SECRET, "package_token", "np" + "m_" + "a1B2" * 9),
    (SECRET, "private_key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    (SECRET, "jwt", "ey" + "JhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0" + ".c2lnbmF0dXJl"),
    (SECRET, "bearer_token", "Bearer " + "a1B2" * 6),
    (SECRET, "url_password", "postgres://admin:" + "hunter2@db.example/x"),
    (SECRET, "named_secret", "password=" + "hunter2hunter2"),
    (SECRET, "named_secret", "my password is " + "Summer2024!"),
    (SECRET, "named_secret", 'api_key: "' + "q7Zx9LmN4vB8sT2w" + '"'),
    (SECRET, "named_secret", "token: " + "0123456789abcdefghijklmnop"),
    (PERSONAL, "email", "jane.doe+x@mail.example.com"),
    (PERSONAL, "email", "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    (PERSONAL, "phone", "+49 (30) 1234-5678"),
    (PERSONAL, "phone", "+٤٩٣٠١٢٣٤٥٦٧٨"),
    (PERSONAL, "us_ssn", "078-05-1120"),
    (PERSONAL, "payment_card", "4111 1111 1111 1111"),
    (PERSONAL, "payment_card", "378282246310005"),
    (PERSONAL, "iban", "DE89 3704 0044 0532 0130 00"),
    (PERSONAL, "iban", "gb29NWBK60161331926819"),
    (ABUSE, "threat", "I will kill you"),
    (ABUSE, "threat", "go kill yourself"),
]


@pytest.mark.parametrize(("code", "kind", "text"), HARMFUL)
def test_a_harmful_place_is_found_where_it_stands(code, kind, text):
    sentence = f"Hello, {text} is what I have."
    found = [f for f in findings(sentence) if f.kind == kind]
    assert [f.code for f in found] == [code]
    start, end = found[0].span
    # An IBAN may be followed by what could be more groups of it.
    assert start >= 7
    assert end <= 7 + len(text) or kind == "iban"


@pytest.mark.parametrize(
    "text",
    [
        "How do I reset my password?",
        "password: required",
        "The token is base64-encoded, signed with RS256.",
        "Is it true my password is required?",
        "token: https://api.example.com/v1/token",
        "secret: at-least-12-characters",
        "token=abcdefgh",
        "api key: 123456789012",
        "Order 4539148803436468123 of 2024-05-01",
        "order number 1234-5678-9012-3456",
        "4111 1111 1111 1112",
        "Version 1.2.3+20240501123456 and 10.0.0.1",
        "2024-01-02 12:30:00 to 2024-12-31",
        "ISO 27001, SOC 2, AES-256, TLS 1.2, RFC 9110",
        "DE89 3704 0044 0532 0130 01 or XX12 3456 7890 1234 5678",
        "DE89 3704 0044 0532",
        "sha 4c4712f6a8b9c1d2e3f4a5b6c7d8e9f0a1b2c3d4",
        "7d1b5f2e-0000-4000-8000-000000000001",
        "0.1234567890123456789",
        "Call 555-0100 or 030 1234567",
        "000-12-3456 and 666-12-3456",
        "a @ b, user@localhost, @all",
        "How do I kill the process? It will kill the worker.",
        "ask-something-very-long-with-hyphens-in-it",
        "https://example.com:8080/path@2x.png and root@10.0.0.1",
        "パスワードを再設定するには？ 1234",
        "x" * 2000,
    ],
)
def test_ordinary_text_passes(text):
    assert findings(text) == []


def test_findings_come_in_the_order_of_the_text():
    found = findings("a@b.example then 078-05-1120 then c@d.example")
    assert [f.kind for f in found] == ["email", "us_ssn", "email"]


@pytest.mark.parametrize("allowed", ["help@lumen.example", "HELP@Lumen.example", "@lumen.example"])
def test_the_products_own_addresses_may_be_allowed(allowed):
    text = "Write to Help@lumen.example or jane@other.example."
    assert [text[slice(*f.span)] for f in findings(text, allowed_emails=[allowed])] == ["jane@other.example"]


def repeats(parsed: Any) -> Iterator[tuple[int, Any]]:
    """Every (most repetitions, what is repeated) of a parsed pattern, at any depth."""
    for code, argument in parsed:
        parts = [argument] if code is not op.MAX_REPEAT else [argument[2]]
        if code is op.MAX_REPEAT:
            yield argument[1], argument[2]
        while parts:
            part = parts.pop()
            if isinstance(part, regex_parser.SubPattern):
                yield from repeats(part)
            elif isinstance(part, (list, tuple)):
                parts.extend(part)


PATTERNS = [*(p for _, _, p in unsafe._SHAPES), unsafe._NAMED_SECRET, unsafe._CARD, unsafe._IBAN]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.pattern[:30])
def test_every_pattern_is_bounded_so_its_work_per_place_is_too(pattern):
    parsed = regex_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    assert all(most <= 2000 for most, _ in repeats(parsed))


@pytest.mark.parametrize("pattern", ["a*", "(?:b(?:a+)?){2}", "(a{2001})|b"])
def test_a_pattern_without_a_bound_would_be_seen(pattern):
    assert max(most for most, _ in repeats(regex_parser.parse(pattern))) > 2000


def cost(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        findings(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "a.",
        "a@",
        "1 ",
        "1-",
        "password=",
        "eyJ",
        "eyJaaaaaaaa.",
        "-----BEGIN ",
        "://a:",
        "DE89 ",
        "+1 ",
    ],
)
def test_eight_times_the_text_costs_far_less_than_the_square(piece):
    small, large = piece * 2000, piece * 16_000
    assert cost(large) < 30 * max(cost(small), 1e-4)
