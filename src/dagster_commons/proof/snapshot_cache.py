"""Snapshots kept by content: the same code, environment and inputs are never loaded twice."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.probe.snapshot_file import from_json, to_json
from dagster_commons.proof.contents import LEFT_OUT, digest_of, path_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.definitions import LoadInputs, Snapshot

ALL_VARIABLES = "*"
OVERLAYS = ".overlays"  # below a tree's directory: what we write ourselves, from what the key names
OF_THE_ROOT = "root:"  # before a path that is meant relative to the root, in whichever tree it is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a load can see beside that which its key names.

    `root` is the workspace root of the tree, `scratch` the directory that holds the tree; `covered` are directories
    whose content is part of the key.
    """

    environment: Mapping[str, str]
    root: Path
    scratch: Path
    covered: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCache:
    """A directory of snapshots, each beside the digests of the files and variables that its load read.

    A damaged or foreign entry is no entry.  A load that used the network or ran programs is not kept:
    what those said is not known.
    """

    directory: Path

    def get(self, key: str, around: Surroundings) -> Snapshot | None:
        """The snapshot kept under `key`, if what its load read is still the same."""
        try:
            entry = json.loads((self.directory / f"{key}.json").read_text(encoding="utf-8"))
            is_same = entry["variables"] == _variables(entry["variables"], around.environment) and entry["files"] == {
                name: path_digest(_place(name, around.root)) for name in entry["files"]
            }
            return from_json(entry["snapshot"]) if is_same else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError):
            return None

    def put(self, key: str, snapshot: Snapshot, around: Surroundings) -> None:
        """Keep `snapshot` under `key`; where it cannot be written it is not kept, and will be taken again."""
        inputs = snapshot.inputs
        if inputs.has_used_network or inputs.has_run_programs:
            return
        with contextlib.suppress(OSError):
            entry = {
                "files": {name: path_digest(_place(name, around.root)) for name in _beside(inputs, around)},
                "variables": _variables(inputs.variables, around.environment),
                "snapshot": to_json(snapshot),
            }
            self.directory.mkdir(parents=True, exist_ok=True)
            _write(self.directory / f"{key}.json", json.dumps(entry))


def _beside(inputs: LoadInputs, around: Surroundings) -> Iterable[str]:
    """The names of the files and directories that were read and that the key does not cover."""
    for path in (*inputs.files, *inputs.directories):
        home = next((each for each in around.covered if path.is_relative_to(each)), None)
        if home is not None and LEFT_OUT.isdisjoint(path.relative_to(home).parts):
            continue
        if not path.is_relative_to(around.scratch):
            yield str(path)
        elif not path.is_relative_to(around.scratch / OVERLAYS):
            yield OF_THE_ROOT + os.path.relpath(path, around.root)


def _place(name: str, root: Path) -> Path:
    if name.startswith(OF_THE_ROOT):
        return Path(os.path.normpath(root / name.removeprefix(OF_THE_ROOT)))
    return Path(name)


def _variables(names: Mapping[str, object] | tuple[str, ...], environment: Mapping[str, str]) -> dict[str, str | None]:
    """A digest of each variable's value: enough to see that it changed, never the value; `*` stands for all of them."""
    digests: dict[str, str | None] = {}
    for name in sorted(names):
        if name == ALL_VARIABLES:
            digests[name] = digest_of(os.fsencode(f"{each}={value}") for each, value in sorted(environment.items()))
        else:
            digests[name] = digest_of((os.fsencode(environment[name]),)) if name in environment else None
    return digests


def _write(file: Path, text: str) -> None:
    """Write `file` so that a reader sees the whole of it or nothing."""
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
