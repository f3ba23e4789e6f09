"""Where a Workspace begins: the directory that `--root` stands for when it is not given."""

from __future__ import annotations

import os
from pathlib import Path

from dagster_commons.discovery.documents import Document, read_toml
from dagster_commons.tools.git import git

CONFIGURATION_FILE = "commons.toml"


def find_root(start: Path) -> Path:
    """The root that `start` belongs to.

    The nearest ancestor with `commons.toml`; else the outermost git working tree around `start`; else the nearest
    ancestor that declares a dg workspace, a `workspace.yaml`, a uv workspace or a project; else `start` itself.

    Raises:
        ToolError: git is missing and was needed to tell whether one repository ignores another.

    """
    start = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would leave the path that the user named
    ancestors = (start, *start.parents)
    configured = next((each for each in ancestors if (each / CONFIGURATION_FILE).is_file()), None)
    return configured or _outermost_working_tree(ancestors) or _nearest_project(ancestors) or start


def git_dir_of(working_tree: Path) -> Path | None:
    """The git directory of a working tree's root, read without git; None where `working_tree` is no such root."""
    entry = working_tree / ".git"
    if entry.is_dir():
        return entry if (entry / "HEAD").exists() else None
    try:
        written = entry.read_text("utf-8").removeprefix("gitdir:").strip()
    except (OSError, UnicodeDecodeError):
        return None  # no `.git` here, or one that git cannot read either
    directory = Path(os.path.normpath(working_tree / written))
    return directory if directory.is_dir() else None


def working_tree_of(path: Path) -> Path | None:
    """The innermost git working tree that contains `path`."""
    return next((each for each in (path, *path.parents) if git_dir_of(each) is not None), None)


def superproject_of(working_tree: Path) -> Path | None:
    """The working tree whose submodule `working_tree` is, as its git directory tells."""
    git_dir = git_dir_of(working_tree)
    outer = working_tree_of(working_tree.parent)
    if git_dir is None or outer is None:
        return None
    outer_git_dir = git_dir_of(outer)
    if outer_git_dir is None:
        return None
    is_submodule = git_dir.resolve().is_relative_to((outer_git_dir / "modules").resolve())
    return outer if is_submodule else None


def _outermost_working_tree(ancestors: tuple[Path, ...]) -> Path | None:
    """An outer working tree counts unless it ignores the inner one, or is a home directory kept in git."""
    trees = [each for each in ancestors if git_dir_of(each) is not None]
    if not trees:
        return None
    chosen = trees[0]
    for outer in trees[1:]:
        if superproject_of(chosen) != outer and (outer == Path.home() or _is_ignored(chosen, outer)):
            break
        chosen = outer
    return chosen


def _is_ignored(path: Path, repository: Path) -> bool:
    return git(repository, "check-ignore", "--quiet", "--", str(path), check=False).exit_code == 0


def _nearest_project(ancestors: tuple[Path, ...]) -> Path | None:
    """A directory that gathers several projects comes before a nearer single project."""
    gathering = (each for each in ancestors if _gathers_projects(each))
    single = (each for each in ancestors if any((each / name).is_file() for name in ("dg.toml", "pyproject.toml")))
    return next(gathering, None) or next(single, None)


def _gathers_projects(directory: Path) -> bool:
    return (
        (directory / "workspace.yaml").is_file()
        or _has_table(directory / "dg.toml", ("workspace",))
        or _has_table(directory / "pyproject.toml", ("tool", "dg", "workspace"), ("tool", "uv", "workspace"))
    )


def _has_table(file: Path, *tables: tuple[str, ...]) -> bool:
    document = read_toml(file) if file.is_file() else None
    return isinstance(document, Document) and any(document.value(*keys) is not None for keys in tables)
