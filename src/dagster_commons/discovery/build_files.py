"""Which of the enumerated files say how things are built, and reading them: for `check` alone."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files import UnreadableYamlError, parsed
from dagster_commons.discovery.documents import unreadable
from dagster_commons.discovery.enumeration import is_skipped
from dagster_commons.discovery.facts import CLOUD_FILES
from dagster_commons.discovery.parallel import in_threads
from dagster_commons.model.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.discovery.enumeration import Enumeration
    from dagster_commons.model.build_files import BuildFile, BuildFileKind

_BY_NAME: dict[str, BuildFileKind] = {
    "Dockerfile": "dockerfile",
    "Containerfile": "dockerfile",
    ".dockerignore": "dockerignore",
    ".containerignore": "dockerignore",  # Podman's and Buildah's
    ".gitlab-ci.yml": "gitlab",
    ".travis.yml": "ci",
    ".drone.yml": "ci",
    "azure-pipelines.yml": "ci",
    "bitbucket-pipelines.yml": "ci",
    "cloudbuild.yaml": "ci",
    "cloudbuild.yml": "ci",
    "buildspec.yml": "ci",
    "pyproject.toml": "pyproject",
    "setup.py": "project",
    "setup.cfg": "project",
    "MANIFEST.in": "project",
    "pip.conf": "pip",
    "pip.ini": "pip",
    ".pypirc": "pip",
    "uv.toml": "uv",
    "commons.toml": "commons",
    ".env": "env",
    ".envrc": "env",
    "Makefile": "script",
    "makefile": "script",
    "justfile": "script",
    ".gitignore": "gitignore",
    ".gitmodules": "gitmodules",
    **dict.fromkeys(CLOUD_FILES, "cloud"),
}
_BY_PATTERN: tuple[tuple[str, BuildFileKind], ...] = (
    ("Dockerfile.*.dockerignore", "dockerignore"),
    ("*.dockerignore", "dockerignore"),
    ("Dockerfile*", "dockerfile"),
    ("*.dockerfile", "dockerfile"),
    ("*.Dockerfile", "dockerfile"),
    ("docker-compose*.y*ml", "compose"),
    ("compose*.y*ml", "compose"),
    ("requirements*.txt", "requirements"),
    ("constraints*.txt", "requirements"),
    (".env.*", "env"),
    ("*.sh", "script"),
    ("*.mk", "script"),
)
_BY_FOLDER: tuple[tuple[str, BuildFileKind], ...] = (
    (".github/workflows", "github"),
    (".github/actions", "github"),
    (".gitlab", "gitlab"),
    (".circleci", "ci"),
    (".buildkite", "ci"),
    (".azure", "ci"),
)


def read_build_files(enumeration: Enumeration) -> tuple[tuple[BuildFile, ...], tuple[Finding, ...]]:
    """The build and CI files of everything that was enumerated and of the repositories' own settings, sorted."""
    wanted = dict(sorted({*_wanted(enumeration.listed), *_git_configs(enumeration)}))
    read = in_threads(_read, tuple(wanted.items()))
    files = tuple(each for each in read if each is not None and not isinstance(each, Finding))
    return files, tuple(each for each in read if isinstance(each, Finding))


def kind_of(relative: str) -> BuildFileKind | None:
    """What kind of build file stands at that path below a repository; None for any other file."""
    folder, _, name = relative.rpartition("/")
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    if name.endswith((".yml", ".yaml")):
        for place, kind in _BY_FOLDER:
            if folder == place or folder.startswith(f"{place}/"):
                return kind
        if name in ("action.yml", "action.yaml"):
            return "github"
        if name.endswith(".gitlab-ci.yml"):
            return "gitlab"
    return next((kind for pattern, kind in _BY_PATTERN if fnmatch.fnmatchcase(name, pattern)), None)


def _wanted(listed: Iterable[tuple[Path, tuple[str, ...]]]) -> Iterator[tuple[Path, BuildFileKind]]:
    for directory, names in listed:
        for name in names:
            kind = kind_of(name)
            if kind is not None and not is_skipped(name.rpartition("/")[0]):
                yield directory / name, kind


def _git_configs(enumeration: Enumeration) -> Iterator[tuple[Path, BuildFileKind]]:
    for repository in enumeration.repositories:
        common = repository.git_dir / "commondir"  # a worktree's settings are the repository's own
        place = repository.git_dir / common.read_text("utf-8").strip() if common.is_file() else repository.git_dir
        yield place.resolve() / "config", "git-config"


def _read(wanted: tuple[Path, BuildFileKind]) -> BuildFile | Finding | None:
    path, kind = wanted
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")  # a script may have any encoding
    except (FileNotFoundError, IsADirectoryError):
        return None  # tracked, but not in the working tree
    except OSError as error:
        return unreadable(path, f"the file cannot be read: {error.strerror}", line=None)
    try:
        return parsed(path, kind, text)
    except UnreadableYamlError as error:
        return unreadable(path, f"malformed YAML: {error.message}", line=error.line)
