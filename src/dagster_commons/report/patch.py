"""Effects as a unified diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.plan import FileEffect, SubmoduleEffect
from dagster_commons.report.lines import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.plan import Effect, SubmoduleRecord

LONGEST_LOCK_SHOWN = 100  # lines of a lock that appears or vanishes whole
ABSENT = "/dev/null"


def unified_diff(effects: Iterable[Effect], root: Path) -> tuple[str, ...]:
    """The lines of a diff over all effects, files sorted, without line ends; control characters made visible."""
    lines: list[str] = []
    for effect in sorted(effects, key=lambda each: relative(each.path, root)):
        name = relative(effect.path, root)
        match effect:
            case FileEffect():
                lines.extend(_bytes_diff(effect.before, effect.after, name))
            case SubmoduleEffect():
                lines.extend(_gitmodules_diff(effect, root))
                lines.extend(_submodule_diff(effect, name))
    return tuple(lines)


def _gitmodules_diff(effect: SubmoduleEffect, root: Path) -> list[str]:
    name = relative(effect.repository / ".gitmodules", root)
    return _bytes_diff(effect.gitmodules_before, effect.gitmodules_after, name)


def _submodule_diff(effect: SubmoduleEffect, name: str) -> list[str]:
    """As git shows a gitlink that changes."""
    before, after = _side("a", name, effect.before), _side("b", name, effect.after)
    old, new = _gitlink(effect.before, "-"), _gitlink(effect.after, "+")
    ranges = f"@@ -{'1' if old else '0,0'} +{'1' if new else '0,0'} @@"
    return [f"--- {before}", f"+++ {after}", ranges, *old, *new]


def _bytes_diff(before: bytes | None, after: bytes | None, name: str) -> list[str]:
    if before == after:
        return []
    old, new = _side("a", name, before), _side("b", name, after)
    try:
        old_lines, new_lines = _lines(before), _lines(after)
    except UnicodeDecodeError:
        return [f"Binary files {old} and {new} differ"]
    longest = max(len(old_lines), len(new_lines))
    if name.endswith("uv.lock") and None in (before, after) and longest > LONGEST_LOCK_SHOWN:
        return [f"--- {old}", f"+++ {new}", f"({counted(longest, 'line')} of a lock, not shown)"]
    diff = difflib.unified_diff(old_lines, new_lines, old, new)
    return [shown for line in diff for shown in _shown(line)]


def _lines(content: bytes | None) -> list[str]:
    """Lines with their ends; only a line feed ends one, as for git."""
    text = (content or b"").decode("utf-8")
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _shown(line: str) -> tuple[str, ...]:
    """A line of the diff as printed, and git's remark after one without a line feed."""
    if line.endswith("\n"):
        return (_visible(line.removesuffix("\n")),)
    return (_visible(line), "\\ No newline at end of file")


def _visible(line: str) -> str:
    return "\t".join(printable(part.replace("\r", "^M")) for part in line.split("\t"))


def _side(prefix: str, name: str, content: object) -> str:
    return ABSENT if content is None else f"{prefix}/{name}"


def _gitlink(record: SubmoduleRecord | None, sign: str) -> list[str]:
    return [] if record is None else [f"{sign}Subproject commit {record.commit}"]
