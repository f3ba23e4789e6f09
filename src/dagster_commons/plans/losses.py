"""What an edit cannot keep, said aloud: a range that became a pin, a comment on a line that went."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from dagster_commons.model.names import strip_version
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.project import Project

_COMMENT = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'#])*(#.*)""")


def losses(project: Project, *, before: str, after: str, module: str) -> tuple[str, ...]:
    """One line for each requirement of `module` whose version was respelled and each comment that vanished."""
    return (*_respelled(project, before, after, module), *_lost_comments(project.name, before, after))


def _respelled(project: Project, before: str, after: str, module: str) -> Iterator[str]:
    old, new = (
        [entry.requirement for entry in pyproject.module_entries(pyproject.read(text, project.file), module)]
        for text in (before, after)
    )
    for was, becomes in zip(old, new, strict=False):
        if was != becomes and was != strip_version(was):
            yield f"{project.name}: `{was}` becomes `{becomes}`"


def _lost_comments(subject: str, before: str, after: str) -> Iterator[str]:
    kept = set(_comments(after.splitlines()))
    gone = (line[2:] for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("- "))
    for comment in _comments(gone):
        if comment not in kept:
            yield f"{subject}: the comment `{comment}` is lost"


def _comments(lines: Iterator[str] | list[str]) -> Iterator[str]:
    for line in lines:
        match = _COMMENT.match(line)
        if match:
            yield match[1].strip()
