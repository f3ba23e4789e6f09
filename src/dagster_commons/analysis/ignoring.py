"""What the patterns of .gitignore and .dockerignore files leave out.

Sources: gitignore(5); the .dockerignore section of the Dockerfile reference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.build_files import BuildFile, Line


def dropped_by_dockerignore(file: BuildFile, relative: str) -> Line | None:
    """The line that leaves `relative` (a path below the context) out; None where it is sent."""
    found: Line | None = None
    for line in file.lines:
        pattern = line.text.strip()
        if not pattern or pattern.startswith("#"):
            continue
        is_exception = pattern.startswith("!")
        expression = _docker_pattern(pattern.removeprefix("!").strip().strip("/"))
        if any(expression.fullmatch(each) for each in _prefixes(relative)):
            found = None if is_exception else line
    return found


def dropped_by_gitignore(file: BuildFile, relative: str) -> Line | None:
    """The line that ignores `relative` (a file below the .gitignore's directory); None where nothing does."""
    found: Line | None = None
    for line in file.lines:
        pattern = line.text.rstrip()
        if not pattern or pattern.startswith("#"):
            continue
        is_exception = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        is_directory = pattern.endswith("/")
        expression = _git_pattern(pattern.rstrip("/"))
        candidates = _prefixes(relative)[:-1] if is_directory else _prefixes(relative)
        if any(expression.fullmatch(each) for each in candidates):
            found = None if is_exception else line
    return found


def _prefixes(relative: str) -> tuple[str, ...]:
    parts = relative.split("/")
    return tuple("/".join(parts[: end + 1]) for end in range(len(parts)))


@lru_cache(maxsize=4096)
def _docker_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern.removeprefix("./")))


@lru_cache(maxsize=4096)
def _git_pattern(pattern: str) -> re.Pattern[str]:
    is_anchored = "/" in pattern
    expression = _expression(pattern.lstrip("/"))
    return re.compile(expression if is_anchored else f"(?:.*/)?{expression}")


def _expression(pattern: str) -> str:
    found = ""
    for part in re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?|\[[^\]]+\])", pattern):
        match part:
            case "**/":
                found += "(?:.*/)?"
            case "/**":
                found += "/.*"
            case "**":
                found += ".*"
            case "*":
                found += "[^/]*"
            case "?":
                found += "[^/]"
            case _ if part.startswith("[") and part.endswith("]"):
                found += part.replace("[!", "[^")
            case _:
                found += re.escape(part)
    return found
