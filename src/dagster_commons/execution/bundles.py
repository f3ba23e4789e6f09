"""A finished bundle moved to where it was asked for: whole or not at all, and over nothing but an earlier bundle."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.tools.oci_archive import is_oci_archive
from dagster_commons.tools.scratch import is_alive

if TYPE_CHECKING:
    from pathlib import Path

MARK = "bundle.json"  # what only a finished bundle has


def require_free(place: Path) -> None:
    """See that a bundle may be put at `place`: nothing is there, an empty directory, or an earlier bundle.

    Raises:
        RefusedError: something else is there.

    """
    is_ours = place.is_dir() and not place.is_symlink() and ((place / MARK).is_file() or not any(place.iterdir()))
    if os.path.lexists(place) and not is_ours:
        raise RefusedError(
            f"{place} is there already and is no bundle: it was left alone", hint="name another directory: -o DIR"
        )


def require_free_archive(place: Path) -> None:
    """See that an image may be put at `place`: nothing is there, or an earlier archive.

    Raises:
        RefusedError: something else is there.

    """
    if os.path.lexists(place) and (place.is_symlink() or not is_oci_archive(place)):
        raise RefusedError(
            f"{place} is there already and is no OCI archive: it was left alone",
            hint="move it away, or name another directory: -o DIR",
        )


def put_bundle(bundle: Path, place: Path) -> None:
    """Copy the directory `bundle` beside `place`, then give it that name in place of an earlier bundle.

    Raises:
        RefusedError: something that is no bundle is at `place`.
        ToolError: it cannot be written; what was at `place` is there still.

    """
    require_free(place)
    new, old = (place.with_name(f".{place.name}.commons-{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place)
        shutil.copytree(bundle, new)
        _exchange(new, place, old)
    except OSError as error:
        raise ToolError(f"cannot write {place}: {error.strerror or error}") from error
    finally:
        for each in (new, old):
            shutil.rmtree(each, ignore_errors=True)


def put_file(made: Path, place: Path) -> None:
    """Copy the file `made` beside `place`, then give it that name; an earlier file there is replaced.

    Raises:
        ToolError: it cannot be written; what was at `place` is there still.

    """
    new = place.with_name(f".{place.name}.commons-new-{os.getpid()}")
    try:
        _remove_leftovers(place)
        shutil.copy2(made, new)
        new.replace(place)
    except OSError as error:
        raise ToolError(f"cannot write {place}: {error.strerror or error}") from error
    finally:
        new.unlink(missing_ok=True)


def _exchange(new: Path, place: Path, old: Path) -> None:
    """There is no moment at which half a bundle has the name, and one at which none has."""
    if place.exists():
        place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        if old.exists():
            old.rename(place)
        raise


def _remove_leftovers(place: Path) -> None:
    """Of runs that were killed; one that is still writing here keeps its own."""
    for each in place.parent.iterdir():
        process = each.name.rpartition("-")[2]
        is_of_place = each.name.startswith(f".{place.name}.commons-") and process.isdigit()
        if is_of_place and not is_alive(int(process)):
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
