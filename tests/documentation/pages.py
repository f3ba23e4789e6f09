"""Markdown pages as values: headings, links, code blocks and code spans, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "examples")

_FENCE = re.compile(r"^\s*(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w-]*)")
_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.*?)\s*#*$")
_LINK = re.compile(r"!?\[(?:[^\[\]]|`[^`]*`)*\]\((?P<target>[^()\s]+)\)")
_CODE_SPAN = re.compile(r"(`+)(?P<code>.+?)\1")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong, and where."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = self.file.relative_to(ROOT) if self.file.is_relative_to(ROOT) else self.file
        return f"{place}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; `line` is that of its first line of text."""

    language: str
    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One Markdown file."""

    file: Path
    text: str

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for block, _ in self._parts if block is not None)

    @cached_property
    def prose(self) -> tuple[tuple[int, str], ...]:
        """The lines outside fenced blocks, numbered from 1."""
        return tuple(line for _, line in self._parts if line is not None)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What `#…` may name on this page, spelled as GitHub does."""
        found: dict[str, int] = {}
        anchors: set[str] = set()
        for _, line in self.prose:
            heading = _HEADING.match(line)
            if heading:
                slug = slug_of(heading["text"])
                count = found.get(slug, 0)
                found[slug] = count + 1
                anchors.add(f"{slug}-{count}" if count else slug)
        return frozenset(anchors)

    @cached_property
    def links(self) -> tuple[tuple[int, str], ...]:
        """Link targets with their lines; what stands in code is none."""
        return tuple(
            (number, match["target"])
            for number, line in self.prose
            for match in _LINK.finditer(_CODE_SPAN.sub(lambda span: "x" * len(span[0]), line))
        )

    @cached_property
    def code_spans(self) -> tuple[tuple[int, str], ...]:
        return tuple((number, match["code"]) for number, line in self.prose for match in _CODE_SPAN.finditer(line))

    @cached_property
    def _parts(self) -> tuple[tuple[Block | None, tuple[int, str] | None], ...]:
        return tuple(_parts(self.text))


def pages(root: Path = ROOT) -> tuple[Page, ...]:
    """Every page of the project: those at its root and below `docs` and `examples`, sorted."""
    files = [*root.glob("*.md"), *(file for folder in FOLDERS for file in (root / folder).rglob("*.md"))]
    ours = (file for file in files if not any(part.startswith(".") for part in file.relative_to(root).parts))
    return tuple(Page(file=file, text=file.read_text("utf-8")) for file in sorted(ours))


def slug_of(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return _NOT_IN_ANCHOR.sub("", text.lower()).replace(" ", "-")


def _parts(text: str) -> Iterator[tuple[Block | None, tuple[int, str] | None]]:
    """Each fenced block, and each line outside of them."""
    fence, language, first, body = "", "", 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        opening = _FENCE.match(line)
        if fence and opening and opening["fence"].startswith(fence) and line.strip() == opening["fence"]:
            yield Block(language=language, line=first, text="\n".join(body)), None
            fence = ""
        elif fence:
            body.append(line)
        elif opening:
            fence, language, first, body = opening["fence"], opening["language"], number + 1, []
        else:
            yield None, (number, line)
