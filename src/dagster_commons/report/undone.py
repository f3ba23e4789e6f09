"""What `commons undo` took back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.history import Undone


def rendered(undone: Undone, root: Path, *, output_format: str) -> str:
    """The change that was taken back and the paths restored, as text or JSON."""
    change = undone.change
    paths = sorted(relative(path, root) for path in (*(each.path for each in change.files), *change.submodules))
    if output_format == "json":
        return encode(
            {
                "outcome": undone.kind,
                "title": change.title,
                "reason": undone.reason,
                "edits": [{"file": path} for path in paths],
                "verdicts": [],
                "publishes": [],
            }
        )
    verb = "undone" if undone.kind == "applied" else f"not undone ({undone.reason})"
    return "".join([f"{verb}: {change.title} ({change.time})\n", *(f"  restored  {path}\n" for path in paths)])
