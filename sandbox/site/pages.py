"""The pages of a repository's documentation site."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.site.markdown import page_of, render_document

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One revision made public."""

    #: `owner/name` of the repository.
    repo: str
    #: The commit, 40 hexadecimal digits.
    sha: str
    #: When it was published.
    deployed_at: datetime


def render_site(files: Mapping[str, bytes], release: Release) -> dict[str, bytes]:
    """Return every page of the site by its path: one for each Markdown file of the tree."""
    documents = {
        path: render_document(path, content.decode("utf-8", "replace"))
        for path, content in files.items()
        if path.endswith(".md") and (path.startswith("docs/") or "/" not in path)
    }
    pages_by_title = [(page_of(path), document.title) for path, document in documents.items()]
    nav = sorted(pages_by_title, key=lambda entry: (entry[0] != "index.html", "/" not in entry[0], entry[1]))
    template = _TEMPLATES.get_template("document.html")
    pages = {}
    for path, document in documents.items():
        page = page_of(path)
        root = "../" * page.count("/") or "./"
        html = template.render(document=document, path=path, page=page, root=root, nav=nav, release=release)
        pages[page] = html.encode()
    return pages
