"""What `commons undo` took back, or would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.report import findings
from dagster_commons.report.lines import Line, Span, cell_width, pad, paint, plain
from dagster_commons.report.machine import encode
from dagster_commons.report.outcome import fenced
from dagster_commons.report.patch import unified_diff

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.history import FileChange, Undone

_SUBMODULE = "submodule-taken-back"
_WORDS = {"written": "restored", "created": "brought back", "removed": "removed", _SUBMODULE: "submodule taken back"}


def terminal(undone: Undone, root: Path, *, colour: bool) -> str:
    """The change, and what was done to each file, or the diff of what would be."""
    lines: list[Line] = [*_head(undone)]
    if undone.kind == "planned":
        lines.extend(plain(line) for line in unified_diff(undone.effects, root))
    edits = [(word, path) for path, word in _edits(undone, root) if undone.kind != "planned" or word == _SUBMODULE]
    column = max((cell_width(_WORDS[word]) for word, _ in edits), default=0)
    opening = "  not " if undone.kind == "rolled-back" else "  "
    lines.extend(plain(f"{opening}{pad(_WORDS[word], column)}  {path}") for word, path in edits)
    lines.extend(plain(note) for note in undone.notes)
    return paint(lines, colour=colour)


def as_json(undone: Undone, root: Path) -> str:
    """The document of changing verbs in CLI.md."""
    return encode(
        {
            "outcome": undone.kind,
            "title": undone.change.title,
            "reason": undone.reason,
            "edits": [{"file": path, "change": word} for path, word in _edits(undone, root)],
            "verdicts": [],
            "publishes": [],
            "notes": list(undone.notes),
        }
    )


def markdown(undone: Undone, root: Path) -> str:
    """The same for a pull request."""
    head = "".join(f"{text}\n\n" for text in (span.text for line in _head(undone)[1:] for span in line))
    title = f"### {findings.escaped(''.join(span.text for span in _head(undone)[0]))}\n\n{head}"
    rows = "".join(f"| {findings.code(path)} | {_WORDS[word]} |\n" for path, word in _edits(undone, root))
    diff = fenced("diff", unified_diff(undone.effects, root))
    return title + f"| file | change |\n|---|---|\n{rows}" + (f"\n{diff}" if diff else "")


def _head(undone: Undone) -> list[Line]:
    change = undone.change
    what = f"{change.title} ({change.time})"
    if undone.kind == "applied":
        return [plain(f"undone: {what}")]
    if undone.kind == "planned":
        return [plain(f"planned, nothing written: undo {what}")]
    reason = (undone.reason or "").splitlines()
    return [(Span("not undone", "error"), Span(f": {what}")), *(plain(f"  {line}") for line in reason)]


def _edits(undone: Undone, root: Path) -> list[tuple[str, str]]:
    """Each path with the word for what taking the change back does to it."""
    change = undone.change
    files = ((relative(each.path, root), _word(each)) for each in change.files)
    submodules = ((relative(path, root), _SUBMODULE) for path in change.submodules)
    return sorted((*files, *submodules))


def _word(change: FileChange) -> str:
    if change.before is None:
        return "removed"
    return "created" if change.after is None else "written"
