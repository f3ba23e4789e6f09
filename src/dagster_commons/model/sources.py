"""How a use of a shared module is satisfied: a closed union, in uv's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from pathlib import Path

SourceKind: TypeAlias = Literal["path", "submodule", "index", "git", "member"]
WritableSourceKind: TypeAlias = Literal["path", "submodule", "index", "git"]
GitReferenceKind: TypeAlias = Literal["tag", "rev", "branch"]

WRITABLE_SOURCE_KINDS: tuple[WritableSourceKind, ...] = get_args(WritableSourceKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSource:
    """A project directory (or a wheel or sdist file) on disk, outside any submodule."""

    path: Path
    written: str  # as it stands in `[tool.uv.sources]` or in requirements.txt
    editable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmoduleSource:
    """A project directory inside a git submodule of the location's repository."""

    path: Path
    written: str
    editable: bool
    submodule: Path  # the submodule's root in the working tree


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSource:
    """A version from a package index; `index` is the name pinned in `[tool.uv.sources]`, if one is."""

    index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """uv's git source: `{ git = URL, tag|rev|branch = …, subdirectory = … }`; no reference means the default branch."""

    url: str
    reference_kind: GitReferenceKind | None = None
    reference: str | None = None
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSource:
    """Another member of the same uv workspace (`{ workspace = true }`); read, never written."""

    path: Path


Source: TypeAlias = PathSource | SubmoduleSource | IndexSource | GitSource | MemberSource


def source_kind(source: Source) -> SourceKind:
    """The word for `source` in every report and on the command line."""
    match source:
        case PathSource():
            return "path"
        case SubmoduleSource():
            return "submodule"
        case IndexSource():
            return "index"
        case GitSource():
            return "git"
        case MemberSource():
            return "member"


def source_directory(source: Source) -> Path | None:
    """The project directory on disk that satisfies the use, or None for an index or git source."""
    match source:
        case PathSource() | SubmoduleSource() | MemberSource():
            return source.path
        case IndexSource() | GitSource():
            return None
