"""The way back: earlier bytes of a file, chosen or merged, so that converting there and back loses nothing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dagster_commons.model.provenance import ProjectFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Earlier text of a pyproject.toml that says what is wanted, and the lock that belonged to it, if still valid."""

    text: str
    lock: bytes | None


def restored(
    file: ProjectFile, *, modules: tuple[str, ...], says_what_is_wanted: Callable[[pyproject.Document], bool]
) -> Restored | None:
    """The newest earlier state of `file` that differs from today's in nothing but the use of `modules`.

    A state is taken whole when every change since was ours; otherwise the change that led away from it is taken back
    under the user's own edits (a three-way merge).  None when no state qualifies: then the lines are written anew.
    """
    today = _apart_from(modules, pyproject.read(file.text, file.project.file))
    for text, lock in _candidates(file):
        try:
            document = pyproject.read(text, file.project.file)
        except UsageError:
            continue  # a merge that is no TOML is no candidate
        if _apart_from(modules, document) == today and says_what_is_wanted(document):
            return Restored(text=text, lock=lock)
    return None


def earlier_spelling(file: ProjectFile, text: str) -> str | None:
    """The newest earlier bytes of `file` that say the same as `text`, None where none of the images does."""
    wanted = pyproject.comparable(pyproject.read(text, file.project.file))
    for earlier, _ in _candidates(file):
        try:
            document = pyproject.read(earlier, file.project.file)
        except UsageError:
            continue  # a merge that is no TOML is no candidate
        if pyproject.comparable(document) == wanted:
            return earlier
    return None


def _apart_from(modules: tuple[str, ...], document: pyproject.Document) -> object:
    """`document` as a value in which nothing is left of `modules`, nor of the indexes that some may need."""
    for module in modules:
        document = pyproject.without_module(document, module, ignoring_indexes=True)
    return document


def _candidates(file: ProjectFile) -> Iterator[tuple[str, bytes | None]]:
    chain = file.images
    lock = (file.project.uv_root or file.project.directory) / "uv.lock"
    if chain.base is None:
        for image in chain.images:
            yield image.content.decode("utf-8"), image.companion(lock)
    newer = (chain.base or file.text.encode("utf-8"), *(image.content for image in chain.images))
    for after, image in zip(newer, chain.images, strict=False):
        merged = merge(base=after.decode("utf-8"), ours=file.text, theirs=image.content.decode("utf-8"))
        if merged is not None:
            yield merged, None


def merge(*, base: str, ours: str, theirs: str) -> str | None:
    """The three-way merge by lines, or None where both sides changed the same or adjoining lines differently."""
    base_lines, our_lines, their_lines = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    edits = sorted(
        [*_edits(base_lines, our_lines), *_edits(base_lines, their_lines)], key=lambda edit: (edit[0], edit[1])
    )
    merged: list[str] = []
    position = 0
    last: tuple[int, int, list[str]] | None = None
    for start, end, replacement in edits:
        if last == (start, end, replacement):
            continue
        if last is not None and start <= last[1]:
            return None
        merged += base_lines[position:start] + replacement
        position, last = end, (start, end, replacement)
    return "".join(merged + base_lines[position:])


def _edits(base: list[str], changed: list[str]) -> list[tuple[int, int, list[str]]]:
    matcher = difflib.SequenceMatcher(a=base, b=changed, autojunk=False)
    return [
        (start, end, changed[first:last])
        for operation, start, end, first, last in matcher.get_opcodes()
        if operation != "equal"
    ]
