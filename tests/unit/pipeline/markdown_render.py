"""What a browser would get: the tags and the text of Markdown rendered as liberally as anybody does."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

RENDERERS = [
    MarkdownIt("gfm-like", {"html": True, "linkify": True}),
    MarkdownIt("commonmark", {"html": True}).enable("table"),
]


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.comments: list[str] = []
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def rendered(markdown: str, renderer: MarkdownIt = RENDERERS[0]) -> Page:
    page = Page()
    page.feed(renderer.render(markdown))
    page.close()
    return page
