"""The transcript of `commons demo`, in 80 columns: what comes next and why, the commands, what changes."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING

from dagster_commons.model.plan import FileEffect
from dagster_commons.report.lines import counted
from dagster_commons.report.patch import unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS = 80
BROKEN = " \\"


def heading(number: int, total: int, title: str, said: str) -> str:
    """The opening of step `number` of `total`."""
    text = textwrap.fill(said, COLUMNS, break_long_words=False, break_on_hyphens=False)
    return f"── {number}/{total} {title}\n{text}\n\n"


def command(words: Iterable[str], environment: Iterable[tuple[str, str]] = ()) -> str:
    """A command line that can be pasted, broken where it is too long."""
    assignments = (f"{name}={shlex.quote(value)}" for name, value in environment)
    lines = ["$"]
    for word in (*assignments, *map(shlex.quote, words)):
        longer = f"{lines[-1]} {word}"
        if len(longer) + len(BROKEN) <= COLUMNS or lines == ["$"]:
            lines[-1] = longer
        else:
            lines[-1] += BROKEN
            lines.append(f"    {word}")
    return "\n".join(lines) + "\n"


def written(place: str, names: tuple[str, ...]) -> str:
    """The files that were written: one by its name, several below a place by their number."""
    if place == ".":
        return "".join(f"+ {name}\n" for name in names)
    return f"+ {place}/  {counted(len(names), 'file')}\n"


def edited(path: Path, before: bytes, after: bytes, root: Path) -> str:
    """An edit as a diff, set apart from what follows."""
    effect = FileEffect(path=path, before=before, after=after)
    return "".join(f"{line}\n" for line in unified_diff((effect,), root)) + "\n"


def printed(text: str, *, exit_code: int = 0) -> str:
    """What a command printed and how it ended, where that was not with 0; set apart from what follows."""
    ended = f"(exit code {exit_code})" if exit_code else ""
    said = "\n".join(filter(None, (text.rstrip(), ended)))
    return f"{said}\n\n" if said else ""
