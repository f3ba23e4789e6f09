"""`docs/reference/rules.md` tells of every id that a finding may have, and of no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .pages import ROOT, Page, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = ROOT / "docs/reference/rules.md"

_ID_IN_CODE = re.compile(r'"([A-Z]{3,5}[0-9]{3})"')
_ID_AS_HEADING = re.compile(r"#+ ([A-Z]{3,5}[0-9]{3})\b")


def undocumented_ids(page: Page, source: Path) -> Iterator[Problem]:
    """Ids that stand in the code below `source` and have no heading on the page, or the reverse."""
    told = {match[1]: line for line, text in page.prose if (match := _ID_AS_HEADING.match(text))}
    known = {each for file in source.rglob("*.py") for each in _ID_IN_CODE.findall(file.read_text("utf-8"))}
    for missing in sorted(known - set(told)):
        yield Problem(file=page.file, line=1, message=f"{missing} is not told of")
    for invented in sorted(set(told) - known):
        yield Problem(file=page.file, line=told[invented], message=f"there is no finding {invented}")
