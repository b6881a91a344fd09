"""What a reader sees on a page, and what a probe makes of it."""

from __future__ import annotations

import pytest

from closedloop.adapters.page_judge import Page, field_at, judge_page
from closedloop.adapters.page_text import visible_text
from closedloop.ports.probe import ProbeOrder


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("pass<b>word</b> <i>re</i>set", "password reset"),
        ("a<br>b<hr/>c", "a b c"),
        ("Fish &amp; chips &lt;b&gt; &#x4f60;&#22909;", "Fish & chips <b> 你好"),
        ("<title>no</title><script>no()</script>yes<style>p{}</style><template>no</template>", "yes"),
        ("<script>if (a<b) { '</p>' }</script>seen", "seen"),
        ("a <!-- no --> b\n\t  c\u00a0d", "a b c d"),
        ("cafe\u0301", "caf\u00e9"),
        ("<p>unclosed <b>bold", "unclosed bold"),
    ],
)
def test_visible_text_is_what_a_reader_sees(html: str, text: str):
    assert visible_text(html) == text


@pytest.mark.parametrize(
    ("status", "content_type", "body", "texts", "complaint"),
    [
        (200, "text/html", "<p>Yes,  it <b>does</b>.</p>", ("Yes, it does.",), None),
        (200, "text/html", "<script>secret</script>", ("secret",), "does not show 'secret'"),
        (200, "", "<i>no</i> type", ("no type",), None),
        (200, "text/plain", "<b>raw</b>", ("<b>raw</b>",), None),
        (503, "text/html", "down", (), "answered 503 instead of 200"),
        (200, "text/html", "a", ("a", "b" * 200), f"does not show '{'b' * 80}'"),
    ],
)
def test_a_page_must_answer_and_show_as_ordered(
    status: int, content_type: str, body: str, texts: tuple[str, ...], complaint: str | None
):
    page = Page(status=status, content_type=content_type, text=body)
    assert judge_page(ProbeOrder(url="http://site", texts=texts), page) == complaint


@pytest.mark.parametrize(
    ("body", "fields", "complaint"),
    [
        ('{"status": "ok", "db": {"up": true}}', (("status", "ok"), ("db.up", "true")), None),
        ('{"status": "bad"}', (("status", "ok"),), "status is 'bad' instead of 'ok'"),
        ('{"status": "ok"}', (("db.up", "true"),), "db.up is 'None' instead of 'true'"),
        ("<html>", (("status", "ok"),), "is not JSON"),
    ],
)
def test_a_body_must_hold_the_ordered_fields(
    body: str, fields: tuple[tuple[str, str], ...], complaint: str | None
):
    page = Page(status=200, content_type="application/json", text=body)
    assert judge_page(ProbeOrder(url="http://site", fields=fields), page) == complaint


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.0.b", "x"), ("a.1", "null"), ("n", "1.5"), ("a.9", None), ("n.b", None), ("o", '{"ü": 1}')],
)
def test_a_dotted_path_leads_into_objects_and_lists(path: str, value: str | None):
    assert field_at({"a": [{"b": "x"}, None], "n": 1.5, "o": {"ü": 1}}, path) == value
