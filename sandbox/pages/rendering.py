"""Templates of the pages for people: everything escaped, nothing loaded from elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from sandbox.site.markdown import render_document

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def age(moment: str | None) -> str:
    """Say how long ago a stored time was; nothing for no time."""
    if not moment:
        return ""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{max(0, seconds)} s ago"


def markdown(text: str | None) -> Markup:
    """Render Markdown of a pull request or issue; raw HTML in it stays text."""
    return Markup(render_document("", text or "").html)  # noqa: S704 -- the renderer escapes raw HTML


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(age=age, markdown=markdown, short=lambda sha: str(sha)[:7])


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render a template to a response."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status, _HEADERS)
