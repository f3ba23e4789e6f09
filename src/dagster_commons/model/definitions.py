"""What one code location defines: a snapshot, and the typed difference of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Severity: TypeAlias = Literal["cosmetic", "added", "notable", "breaking"]
SEVERITIES: tuple[Severity, ...] = ("cosmetic", "added", "notable", "breaking")  # least first

ObjectKind: TypeAlias = Literal["asset", "check", "job", "schedule", "sensor", "resource", "definitions"]
ChangeKind: TypeAlias = Literal["added", "removed", "renamed", "changed", "other"]

# A JSON value: None, bool, int, float, str, or a tuple of them.  Mappings are flattened into field paths.
Value: TypeAlias = "bool | int | float | str | tuple[Value, ...] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedObject:
    """One asset, check, job …: its fields by path (`config.retries.default`), sorted by path.

    `raw` is what Dagster's own serialisation says of it beyond that, flattened likewise: the net that nothing falls
    through.  `code` names the code units that it runs.
    """

    kind: ObjectKind
    name: str
    fields: tuple[tuple[str, Value], ...]
    raw: tuple[tuple[str, Value], ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeUnit:
    """A first-party function or class and a digest of what it runs, transitively; `file` is relative to its project."""

    id: str  # `shared.factory:asset_factory.<locals>.build`
    file: str
    line: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadInputs:
    """What a load depended on: files opened and directories listed outside the environment, environment variables
    read (names only; `*`: it looked at all of them), whether it used a socket or ran programs.
    """

    files: tuple[Path, ...] = ()
    directories: tuple[Path, ...] = ()
    variables: tuple[str, ...] = ()
    has_used_network: bool = False
    has_run_programs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The definitions of one code location, canonical: the same code gives equal snapshots."""

    dagster: str  # version
    python: str
    objects: tuple[DefinedObject, ...]  # sorted by kind and name
    code: tuple[CodeUnit, ...]  # sorted by id
    inputs: LoadInputs = LoadInputs()
    masked: tuple[str, ...] = ()  # `asset sales/orders metadata.built_at`: differs between two loads of the same code


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two snapshots."""

    kind: ChangeKind
    object: ObjectKind
    name: str
    field: str | None
    old: Value
    new: Value
    severity: Severity
    reason: str  # of the rule that judged it
    rule: str | None = None  # its id; None where no rule knows the change
    renamed_to: str | None = None
    accepted: str | None = None  # why it was taken knowingly (`[[accept]]`): then it fails nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """A code unit whose digest differs, and the objects that run it."""

    function: str
    file: str
    line: int
    objects: tuple[str, ...]  # `asset sales/asset_1`


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsDiff:
    """What changed in the definitions of one location, and which code changed under the same definitions."""

    changes: tuple[Change, ...] = ()
    code: tuple[CodeChange, ...] = ()
    masked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what could not be compared, and why
