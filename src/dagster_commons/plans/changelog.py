"""A changelog in the form of Keep a Changelog: what is unreleased becomes the section of a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

FILE_NAME = "CHANGELOG.md"

_UNRELEASED = re.compile(
    r"^## (?:\[unreleased\]|unreleased)[^\S\r\n]*(?P<newline>\r?\n|\Z)", re.IGNORECASE | re.MULTILINE
)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*?^ {0,3}(?:```|~~~)[^\S\r\n]*$", re.DOTALL | re.MULTILINE)


def with_release(text: str, version: str, released_on: datetime.date) -> str:
    """`text` with a heading for `version` below "Unreleased", which is left empty; every other byte is kept.

    Unchanged without an "Unreleased" section, or when the version has its heading already.
    """
    fenced = [match.span() for match in _FENCE.finditer(text)]
    heading = next(
        (
            match
            for match in _UNRELEASED.finditer(text)
            if not any(start <= match.start() < end for start, end in fenced)
        ),
        None,
    )
    if heading is None or _has_heading(text, version):
        return text
    newline = heading["newline"] or "\n"
    before = text[: heading.start("newline")]
    is_bracketed = "[" in heading[0]
    release = f"## [{version}] - {released_on}" if is_bracketed else f"## {version} - {released_on}"
    return f"{before}{newline}{newline}{release}{newline}{text[heading.end() :]}"


def _has_heading(text: str, version: str) -> bool:
    return re.search(rf"^## \[?v?{re.escape(version)}\]?(?=[\s(]|$)", text, re.MULTILINE) is not None
