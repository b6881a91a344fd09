# ruff: noqa: INP001 -- a script of the handbook, not a module of a package
"""Smoke test of the documents: each has one title, and every link inside the handbook leads somewhere."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def anchor(heading: str) -> str:
    """Return the id that the site gives to a heading: lower case, words joined by hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def prose(path: Path) -> str:
    """Return the text of a document without its code."""
    return CODE_SPAN.sub("", FENCE.sub("", path.read_text(encoding="utf-8")))


def link_problems(path: Path, text: str, anchors: dict[Path, set[str]]) -> Iterator[str]:
    """Links of one document that lead nowhere."""
    for target in LINK.findall(text):
        if ELSEWHERE.match(target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path.resolve()
        if not file.is_file():
            yield f"{path}: no such file: {target}"
        elif fragment and fragment not in anchors.get(file, set()):
            yield f"{path}: no such heading: {target}"


def problems() -> list[str]:
    """Everything wrong with the documents."""
    paths = [*sorted(Path().glob("*.md")), *sorted(Path("docs").glob("**/*.md"))]
    texts = {path: prose(path) for path in paths}
    anchors = {path.resolve(): {anchor(found) for found in HEADING.findall(texts[path])} for path in paths}
    found = [] if Path("docs/FAQ.md") in texts else ["docs/FAQ.md is missing"]
    for path, text in texts.items():
        titles = len(re.findall(r"^# +\S", text, re.MULTILINE))
        if titles != 1 or not text.lstrip().startswith("# "):
            found.append(f"{path}: {titles} titles, one at the top is wanted")
        found += link_problems(path, text, anchors)
    return found


def main() -> int:
    """Print each problem; 0 when there is none."""
    try:
        found = problems()
    except (OSError, UnicodeDecodeError) as error:
        found = [f"cannot be read: {error}"]
    sys.stdout.write("".join(f"{problem}\n" for problem in found) + f"documents: {len(found)} problem(s)\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
