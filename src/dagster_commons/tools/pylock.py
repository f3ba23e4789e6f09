"""`pylock.toml` (PEP 751) as uv exports it: what an installation from a lock needs, text to values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from dagster_commons.errors import ToolError
from dagster_commons.model.bundle import GitRevision, LockedDistribution, LockedFile

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(content: bytes) -> tuple[LockedDistribution, ...]:
    """What `content` says is to be installed, in its order.

    Raises:
        ToolError: it is not of the form that PEP 751 describes.

    """
    import toml_rs  # noqa: PLC0415 - lazy: only bundles read such a file

    try:
        document = cast("Mapping[str, object]", toml_rs.loads(content.decode()))
        return tuple(_distribution(each) for each in _tables(document.get("packages", [])))
    except (toml_rs.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ToolError(f"uv exported a lock that is not understood: {error}", hint="update uv") from error


def _distribution(table: Mapping[str, object]) -> LockedDistribution:
    sdist, archive, directory, vcs = (table.get(key) for key in ("sdist", "archive", "directory", "vcs"))
    wheels = [_file(each) for each in _tables(table.get("wheels", []))]
    source = _file(_table(sdist)) if sdist is not None else None
    if archive is not None:  # a wheel or sdist that a requirement or source names by URL or path
        file = _file(_table(archive))
        if file.name.endswith(".whl"):
            wheels.append(file)
        else:
            source = file
    return LockedDistribution(
        name=_text(table, "name"),
        version=_optional(table, "version"),
        marker=_optional(table, "marker"),
        index=_optional(table, "index"),
        directory=_directory(_table(directory)) if directory is not None else None,
        git=_revision(_table(vcs)) if vcs is not None else None,
        wheels=tuple(wheels),
        sdist=source,
    )


def _file(table: Mapping[str, object]) -> LockedFile:
    url = _optional(table, "url") or _text(table, "path")
    name = _optional(table, "name") or unquote(urlsplit(url).path).rpartition("/")[2]
    return LockedFile(name=name, url=url, sha256=_text(_table(table["hashes"]), "sha256"))


def _directory(table: Mapping[str, object]) -> str:
    subdirectory = _optional(table, "subdirectory")
    path = _text(table, "path")
    return f"{path}/{subdirectory}" if subdirectory else path


def _revision(table: Mapping[str, object]) -> GitRevision:
    return GitRevision(
        url=_optional(table, "url") or _text(table, "path"),
        commit=_text(table, "commit-id"),
        subdirectory=_optional(table, "subdirectory"),
    )


def _text(table: Mapping[str, object], key: str) -> str:
    value = table[key]
    if not isinstance(value, str):
        raise TypeError(f"`{key}` is no text")
    return value


def _optional(table: Mapping[str, object], key: str) -> str | None:
    return _text(table, key) if key in table else None


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"a table was expected, not {value!r}")
    return value


def _tables(value: object) -> tuple[Mapping[str, object], ...]:
    if not isinstance(value, list):
        raise TypeError(f"tables were expected, not {value!r}")
    return tuple(_table(each) for each in value)
