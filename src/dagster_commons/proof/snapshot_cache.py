"""Snapshots kept by content: the same code, environment and inputs are never loaded twice."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.probe.snapshot_file import from_json, to_json
from dagster_commons.proof.contents import digest_of, path_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.definitions import Snapshot

ALL_VARIABLES = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCache:
    """A directory of snapshots, each beside the digests of the files and variables that its load read.

    A damaged or foreign entry is no entry.  A load that used the network or ran programs is not kept:
    what those said is not known.
    """

    directory: Path

    def get(self, key: str, environment: Mapping[str, str]) -> Snapshot | None:
        """The snapshot kept under `key`, if what its load read is still the same."""
        try:
            entry = json.loads((self.directory / f"{key}.json").read_text(encoding="utf-8"))
            is_same = entry["variables"] == _variables(entry["variables"], environment) and entry["files"] == {
                name: path_digest(Path(name)) for name in entry["files"]
            }
            return from_json(entry["snapshot"]) if is_same else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError):
            return None

    def put(self, key: str, snapshot: Snapshot, environment: Mapping[str, str], *, below: Path) -> None:
        """Keep `snapshot` under `key`; files below `below` are part of the key and need no digest of their own."""
        inputs = snapshot.inputs
        if inputs.has_used_network or inputs.has_run_programs:
            return
        outside = [file for file in (*inputs.files, *inputs.directories) if not file.is_relative_to(below)]
        entry = {
            "files": {str(file): path_digest(file) for file in outside},
            "variables": _variables(inputs.variables, environment),
            "snapshot": to_json(snapshot),
        }
        self.directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.directory, suffix=".partial")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(entry, stream)
        Path(name).replace(self.directory / f"{key}.json")


def _variables(names: Mapping[str, object] | tuple[str, ...], environment: Mapping[str, str]) -> dict[str, str | None]:
    """A digest of each variable's value: enough to see that it changed, never the value; `*` stands for all of them."""
    digests: dict[str, str | None] = {}
    for name in sorted(names):
        if name == ALL_VARIABLES:
            digests[name] = digest_of(f"{each}={value}".encode() for each, value in sorted(environment.items()))
        else:
            digests[name] = digest_of((environment[name].encode(),)) if name in environment else None
    return digests
