"""What a release was built as, kept until it is done: whoever runs it again publishes the very same bytes.

A directory for each release below the journal's `releases/`: the files, and `release.json`, which is written last.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
from typing import TYPE_CHECKING

from dagster_commons.model.plan import FileEffect
from dagster_commons.model.release import KeptBuild
from dagster_commons.tools.atomic_files import content_of, digest_of, synchronise_directory
from dagster_commons.tools.journal import create, journal_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.plan import Effect

DIRECTORY = "releases"
RECORD = "release.json"


def kept_build(root: Path, module: str, version: str) -> KeptBuild | None:
    """The build that an earlier, unfinished run of the release left; None where none is whole."""
    directory = _directory(root, module, version)
    try:
        record = json.loads((directory / RECORD).read_bytes())
        files = tuple(directory / name for name in sorted(record["files"]))
        is_whole = all(digest_of(content_of(each)) == record["files"][each.name] for each in files)
        edits = {root / path: digest for path, digest in record["edits"].items()}
        written = frozenset(path for path, digest in edits.items() if digest_of(content_of(path)) == digest)
        day = datetime.date.fromisoformat(record["released_on"])
        source = str(record["source"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # nothing of it was published before it was whole: it is built anew
    return KeptBuild(released_on=day, source=source, files=files, written=written) if is_whole else None


def keep_build(
    root: Path, module: str, version: str, *, build: KeptBuild, effects: Iterable[Effect]
) -> tuple[Path, ...]:
    """Copy the build to where `kept_build` finds it, whole or not at all, and return its files there.

    Raises:
        OSError: the file system refused.

    """
    create(journal_of(root))
    directory = _directory(root, module, version)
    if build.files[0].parent == directory:
        return build.files
    _remove(directory)
    directory.mkdir(parents=True)
    for file in build.files:
        _write(directory / file.name, file.read_bytes())
    record = {
        "format": 1,
        "released_on": build.released_on.isoformat(),
        "source": build.source,
        "files": {each.name: digest_of(each.read_bytes()) for each in build.files},
        "edits": {
            os.path.relpath(each.path, root): digest_of(each.after) for each in effects if isinstance(each, FileEffect)
        },
    }
    _write(directory / RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    synchronise_directory(directory)
    return tuple(directory / each.name for each in build.files)


def forget_build(root: Path, module: str, version: str) -> None:
    """Remove what was kept: the release is done.  What the file system does not let go changes nothing any more."""
    with contextlib.suppress(OSError):
        _remove(_directory(root, module, version))


def _directory(root: Path, module: str, version: str) -> Path:
    return journal_of(root).directory / DIRECTORY / f"{module}-{version}"


def _remove(directory: Path) -> None:
    if directory.exists():
        (directory / RECORD).unlink(missing_ok=True)  # first: what is left of a killed run must not look whole
        shutil.rmtree(directory, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
