"""Package indexes that the lock takes versions from, compared with those that the project still has."""

from __future__ import annotations

import hashlib
import os.path
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state.requirements import clean_url
from dagster_commons.analysis.lock_state.tables import flag, tables, text, texts
from dagster_commons.analysis.lock_state.types import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dagster_commons.analysis.lock_state.types import Need
    from dagster_commons.tools.lockfile import LockSource

# The address of uv's own default index, as a digest: no registry is named in this repository.
_DEFAULT_INDEX_SHA256 = "5a06749b2297be54ac5699f6f2761716adc5001a2d5f8b915ab2172922dd5706"


def index_differences(
    sources: Iterable[tuple[str, LockSource]], settings: Mapping[str, object], directory: Path, needs: Iterable[Need]
) -> Iterator[Difference]:
    """Indexes that the lock names for what projects on disk need (`sources`: name and source) and that are gone.

    uv looks only where the settings name an index at all; those that a requirement in `needs` names count as theirs.

    Raises:
        UndecidedError: the settings cannot be read.

    """
    configured, has_default = _configured(settings)
    if not configured:
        return
    for need in needs:
        if need.source is not None and need.source[0] == "registry":
            place = need.source[1].removeprefix("file://")
            configured |= {place, os.path.relpath(place, directory)} if place.startswith("/") else {place}
    for name, source in sources:
        place = _place(source.value)
        if place in configured or (not has_default and _is_default(place)):
            continue
        is_certain = has_default or "://" not in place
        doubt = "" if is_certain else " unless a setting outside the project names it"
        yield Difference(f"the lock takes {name} from {source.value}, no index here{doubt}", is_certain=is_certain)


def _configured(settings: Mapping[str, object]) -> tuple[set[str], bool]:
    """The indexes that the settings name, and whether one of them replaces uv's default."""
    tabled = tables(settings, "index")
    urls = [text(each, "url") or "" for each in tabled]
    urls += [*texts(settings, "extra-index-url"), *texts(settings, "find-links")]
    single = text(settings, "index-url")
    has_default = single is not None or any(flag(each, "default") for each in tabled)
    if single is not None:
        urls.append(single)
    return {_place(url) for url in urls}, has_default


def _place(written: str) -> str:
    """An index as the lock names it: a URL, or a path that stays relative where it is written so."""
    if "://" in written and not written.startswith("file://"):
        return clean_url(written)
    return os.path.normpath(written.removeprefix("file://"))


def _is_default(place: str) -> bool:
    return hashlib.sha256(place.encode()).hexdigest() == _DEFAULT_INDEX_SHA256
