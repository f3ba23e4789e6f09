"""What must stand in no page: paths of somebody's machine, and the host of a public package index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .pages import Page, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|work|private/var|mnt)/[\w.-]+")
# Spelled in pieces, so that this file does not name what it looks for.
_INDEX_HOST = re.compile(
    r"\b(?:(?:[\w-]+\.)*" + "py" + "pi" + r"\.(?:org|python\.org)|[\w-]+\.python" + r"hosted\.org)\b"
)


def forbidden_names(pages: Iterable[Page]) -> Iterator[Problem]:
    """Machine paths and index hosts."""
    for page in pages:
        for number, line in enumerate(page.text.splitlines(), start=1):
            for what, pattern in (("a path of one machine", _MACHINE_PATH), ("a package index's host", _INDEX_HOST)):
                for match in pattern.finditer(line):
                    yield Problem(file=page.file, line=number, message=f"{what}: {match[0]}")
