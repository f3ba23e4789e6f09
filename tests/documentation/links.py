"""Every relative link leads somewhere, and so does every page that a message names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .pages import ROOT, Page, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//")
_NAMED_PAGE = re.compile(r"\bdocs/[\w./-]+\.md(?:#[\w-]+)?")


def broken_links(pages: Iterable[Page]) -> Iterator[Problem]:
    """Relative links to a file or an anchor that is not there."""
    by_file = {page.file: page for page in pages}
    for page in by_file.values():
        for line, target in page.links:
            if not _ABSOLUTE.match(target):
                yield from _checked(page.file.parent, target, by_file, page.file, line)


def broken_mentions(source: Path, pages: Iterable[Page], root: Path = ROOT) -> Iterator[Problem]:
    """Pages `docs/….md#…` that Python files below `source` name, say as `docs=` of an error, and that are not there."""
    by_file = {page.file: page for page in pages}
    for file in sorted(source.rglob("*.py")):
        for number, text in enumerate(file.read_text("utf-8").splitlines(), start=1):
            for match in _NAMED_PAGE.finditer(text):
                yield from _checked(root, match[0], by_file, file, number)


def _checked(start: Path, target: str, by_file: dict[Path, Page], file: Path, line: int) -> Iterator[Problem]:
    path, _, anchor = target.partition("#")
    place = (start / unquote(path)).resolve() if path else file
    if not place.exists():
        yield Problem(file=file, line=line, message=f"`{target}` leads nowhere")
    elif anchor and place in by_file and anchor not in by_file[place].anchors:
        yield Problem(file=file, line=line, message=f"`{target}`: there is no heading for this anchor")
