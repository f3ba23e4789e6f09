"""Draws workspaces on disk in a few lines.

`draw` takes a tree as it is, path by path; `workspace` knows what a shared module and a code location look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def draw(directory: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (path below `directory`: text, indented as the caller likes) and return `directory`."""
    for path, text in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), "utf-8")
    return directory


def make_repository(directory: Path, *, message: str = "all there is") -> Path:
    """Make `directory` a git repository, if it is none yet, and commit everything in it."""
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet")
    return commit(directory, message)


def commit(directory: Path, message: str) -> Path:
    """Commit everything in `directory` that git does not ignore."""
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", message)
    return directory


def make_bare_remote(repository: Path, place: Path) -> Path:
    """A bare clone of `repository` at `place`, which becomes its `origin`."""
    git(repository, "clone", "--quiet", "--bare", str(repository), str(place))
    git(repository, "remote", "add", "origin", str(place))
    git(repository, "fetch", "--quiet", "origin")
    git(repository, "branch", "--quiet", "--set-upstream-to", "origin/main", check=False)
    return place


def add_submodule(repository: Path, remote: Path, path: str) -> Path:
    """`git submodule add`, allowed to clone from a directory."""
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(remote), path)
    return repository / path


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A workspace being drawn below `root`; each call adds to it and returns it."""

    root: Path

    def file(self, path: str, text: str) -> Drawing:
        draw(self.root, {path: text})
        return self

    def module(
        self,
        name: str,
        *,
        at: str | None = None,
        version: str = "0.1.0",
        uses: Mapping[str, str] | None = None,
        more: str = "",
    ) -> Drawing:
        """A shared module in `src/` layout at `at` (default: a directory of its name); `uses` as in `location`."""
        place, package = at or name, name.replace("-", "_")
        pyproject = project_text(name, version=version, uses=uses or {}, more=more)
        init = f'"""The shared module."""\n\n__version__ = "{version}"\n'
        return self.file(f"{place}/pyproject.toml", pyproject).file(f"{place}/src/{package}/__init__.py", init)

    def location(
        self,
        name: str,
        *,
        at: str | None = None,
        uses: Mapping[str, str] | None = None,
        more: str = "",
    ) -> Drawing:
        """A dg project at `at` (default: a directory of its name).

        `uses` are its requirements, each with its source as it stands in `[tool.uv.sources]` or "" for none:
        `{"shared": '{ path = "../shared", editable = true }', "dagster": ""}`.
        """
        place, package = at or name, name.replace("-", "_")
        dg = f'[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "{package}"\n'
        pyproject = project_text(name, version="0.1.0", uses=uses or {}, more=f"{dg}\n{dedent(more)}")
        definitions = "import dagster as dg\n\ndefs = dg.Definitions()\n"
        return (
            self.file(f"{place}/pyproject.toml", pyproject)
            .file(f"{place}/src/{package}/__init__.py", "")
            .file(f"{place}/src/{package}/definitions.py", definitions)
        )

    def repository(self, path: str = ".") -> Drawing:
        """Make what has been drawn so far at `path` a git repository, everything committed."""
        make_repository(self.root / path)
        return self


def workspace(root: Path) -> Drawing:
    """An empty drawing in `root`."""
    root.mkdir(parents=True, exist_ok=True)
    return Drawing(root=root)


def project_text(name: str, *, version: str, uses: Mapping[str, str], more: str = "") -> str:
    """A pyproject.toml with uv's own build system (it needs no index), the requirements and their sources, and `more` tables."""
    requirements = "".join(f'    "{requirement}",\n' for requirement in uses)
    sources = "".join(f"{_name(requirement)} = {source}\n" for requirement, source in uses.items() if source)
    return (
        f'[project]\nname = "{name}"\nversion = "{version}"\nrequires-python = ">=3.10"\n'
        f"dependencies = [\n{requirements}]\n\n"
        '[build-system]\nrequires = ["uv_build>=0.9,<1"]\nbuild-backend = "uv_build"\n\n'
        + (f"[tool.uv.sources]\n{sources}\n" if sources else "")
        + dedent(more)
    )


def _name(requirement: str) -> str:
    end = next((position for position, each in enumerate(requirement) if each in "<>=!~[; @"), len(requirement))
    return requirement[:end]
