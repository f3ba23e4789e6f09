"""Who owns the projects of a workspace (CODEOWNERS), and which of them an image is built from."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files.dockerfile import instructions
from dagster_commons.model.advice import ImageFile, Surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import Workspace

CODEOWNERS = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_SECTION = re.compile(r"\^?\[[^\]]*\]")
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def read_surroundings(workspace: Workspace) -> Surroundings:
    """What lies around the projects of `workspace`; files that cannot be read say nothing."""
    rules = {each.root: _rules(each.root) for each in workspace.repositories}
    owners: dict[Path, tuple[str, ...]] = {}
    images: dict[Path, ImageFile] = {}
    builds = {each.path: each.build_directory for each in workspace.locations}
    for project in workspace.projects:
        home = workspace.repository_of(project.directory)
        if home is not None and rules[home.root]:
            inside = (project.directory / "pyproject.toml").relative_to(home.root).as_posix()
            owners[project.directory] = owners_of(rules[home.root], inside)
        image = _image_file(project.directory, builds.get(project.directory, project.directory))
        if image is not None:
            images[project.directory] = image
    return Surroundings(owners={key: each for key, each in owners.items() if each}, image_files=images)


def owners_of(rules: tuple[tuple[str, tuple[str, ...]], ...], path: str) -> tuple[str, ...]:
    """The owners of `path` (posix, below the repository): those of the last rule that matches it, sorted."""
    matching = (owners for pattern, owners in reversed(rules) if _expression(pattern).match(path))
    return tuple(sorted(next(matching, ())))


def parse_code_owners(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Patterns with their owners, in the order of the file; a section's heading (GitLab) is left out."""
    lines = (line.partition("#")[0].split() for line in text.splitlines() if not _SECTION.match(line.strip()))
    return tuple((words[0], tuple(words[1:])) for words in lines if words)


def _rules(repository: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    for name in CODEOWNERS:
        try:
            return parse_code_owners((repository / name).read_text("utf-8", "replace"))
        except OSError:
            continue  # the next of the places where it may be
    return ()


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """As gitignore reads it: a slash inside ties it to the root, and a directory means all below it."""
    is_tied = "/" in pattern.rstrip("/")
    parts, position = [], 0
    body = pattern.strip("/")
    for glob in _GLOB.finditer(body):
        parts += [re.escape(body[position : glob.start()]), _MEANING[glob[0]]]
        position = glob.end()
    core = "".join((*parts, re.escape(body[position:])))
    ends_in_star = body.endswith("/*")  # GitHub: files of that directory alone
    below = "/.+" if pattern.endswith("/") else "" if ends_in_star else "(?:/.+)?"
    return re.compile(f"{'' if is_tied else '(?:.*/)?'}{core}{below}$")


def _image_file(*directories: Path) -> ImageFile | None:
    for directory in directories:
        file = directory / "Dockerfile"
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue  # there is none
        copied = (
            word
            for each in instructions(text)
            if each.name in ("COPY", "ADD") and each.flag("from") is None
            for word in each.text.split()[:-1]
        )
        return ImageFile(path=file, copied=tuple(copied))
    return None
