# ruff: noqa: INP001 -- a script of the handbook, not a module of a package
"""Lint docs/FAQ.md: structure, unique headings, no raw HTML, tidy lines. Needs the standard library only."""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

FAQ = Path("docs/FAQ.md")
HEAD = "# Frequently asked questions"
MAX_LINE = 2500
CODE_SPAN = re.compile(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)")
RAW_HTML = re.compile(r"(?<!\\)<(?!https?://|mailto:)[A-Za-z/!?]")
# Controls and the bidirectional overrides, which make a line read other than it is.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")

Problem = tuple[int, str]


def line_problems(number: int, line: str) -> Iterator[Problem]:
    """Name what is wrong with one line by itself."""
    if line != line.rstrip():
        yield number, "blanks at the end of the line"
    if "\t" in line or UNSEEN.search(line):
        yield number, "a tab, control or direction character"
    if len(line) > MAX_LINE:
        yield number, f"longer than {MAX_LINE} characters"
    if RAW_HTML.search(CODE_SPAN.sub("", line)):
        yield number, "raw HTML"


def heading_of(line: str) -> tuple[int, str]:
    """Level and text of a heading; level 0 for any other line."""
    found = re.fullmatch(r"(#{1,6}) +(.+)", line)
    return (len(found[1]), found[2].strip()) if found else (0, "")


def spacing_problems(lines: list[str]) -> Iterator[Problem]:
    """Headings stand between empty lines, and no two empty lines follow each other."""
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else ""
        after = lines[index + 1] if index + 1 < len(lines) else ""
        if heading_of(line)[0] and (before or after):
            yield index + 1, "a heading needs an empty line before and after"
        if not line and not before and index:
            yield index + 1, "two empty lines"


def level_problem(level: int, parent: int) -> str:
    """Why a heading may not stand here, or nothing."""
    if level == 1:
        return "a second title"
    if level > 3:  # noqa: PLR2004 -- title, section, question
        return "deeper than a question"
    return "a question outside a section" if level == 3 and parent < 2 else ""  # noqa: PLR2004 -- as above


def outline_problems(lines: list[str]) -> Iterator[Problem]:
    """Sections hold questions, questions hold answers, and no heading comes twice."""
    seen: set[str] = set()
    parent, open_question = 1, 0
    for number, line in enumerate(lines[1:], start=2):
        level, text = heading_of(line)
        if not level:
            open_question = 0 if line else open_question
            continue
        if open_question:
            yield open_question, "a question without an answer"
        if problem := level_problem(level, parent):
            yield number, problem
        key = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        if key in seen:
            yield number, "a heading that is there already"
        seen.add(key)
        parent = level
        open_question = number if level == 3 else 0  # noqa: PLR2004 -- a question
    if open_question:
        yield open_question, "a question without an answer"


def problems(text: str) -> list[Problem]:
    """Everything wrong with the FAQ, by line."""
    lines = text.split("\n")
    found: list[Problem] = []
    if lines[0] != HEAD:
        found.append((1, f"the first line must be {HEAD!r}"))
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append((len(lines), "the file must end with one newline"))
    if sum(line.startswith(("```", "~~~")) for line in lines) % 2:
        found.append((len(lines), "a code block that is never closed"))
    for number, line in enumerate(lines, start=1):
        found += line_problems(number, line)
    return sorted([*found, *spacing_problems(lines[:-1]), *outline_problems(lines)])


def main() -> int:
    """Print each problem; 0 when there is none."""
    try:
        found = problems(FAQ.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        found = [(0, f"cannot be read: {error}")]
    for number, problem in found:
        sys.stdout.write(f"{FAQ}:{number}: {problem}\n")
    sys.stdout.write(f"{FAQ}: {len(found)} problem(s)\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
