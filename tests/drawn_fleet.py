"""A root and another repository of its fleet, to be changed together and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons import execution
from dagster_commons.tools.journal import POINTER
from drawn_changes import tree
from git_fixtures import init

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A root and another repository of its fleet, changed together."""

    root: Path
    other: Path

    @property
    def files(self) -> tuple[tuple[Path, str | None], ...]:
        return (
            (self.root / "sales" / "pyproject.toml", "two\n"),
            (self.root / "gone.txt", None),
            (self.other / "made" / "deep" / "file.txt", "made\n"),
            (self.other / "uv.lock", "lock two\n"),
        )

    def state(self) -> tuple[dict[str, str], dict[str, str]]:
        return tree(self.root), tree(self.other)

    def require_settled(self) -> None:
        """No run is open, no pointer and no lock of git's is left."""
        for repository in (self.root, self.other):
            assert execution.unfinished_run(repository) is None
            assert not (repository / ".git" / POINTER).exists()
            assert not (repository / ".git" / "index.lock").exists()


def draw_fleet(directory: Path) -> Fleet:
    files = {"sales/pyproject.toml": "one\n", "gone.txt": "gone\n"}
    return Fleet(root=init(directory / "root", files), other=init(directory / "other", {"uv.lock": "lock one\n"}))
