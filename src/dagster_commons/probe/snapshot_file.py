"""Snapshots as canonical JSON: equal snapshots give equal bytes, and what is damaged is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from dagster_commons.errors import UsageError
from dagster_commons.model.definitions import CodeUnit, DefinedObject, LoadInputs, ObjectKind, Snapshot

if TYPE_CHECKING:
    from dagster_commons.model.definitions import Value

FORMAT = 1
_KINDS: tuple[str, ...] = get_args(ObjectKind)
_Document: TypeAlias = dict[str, Any]


def to_json(snapshot: Snapshot) -> str:
    """The canonical JSON of `snapshot`, with a newline at its end."""
    document = {
        "format": FORMAT,
        "dagster": snapshot.dagster,
        "python": snapshot.python,
        "objects": [
            {
                "kind": each.kind,
                "name": each.name,
                "fields": dict(each.fields),
                "raw": dict(each.raw),
                "code": each.code,
            }
            for each in snapshot.objects
        ],
        "code": [
            {"id": each.id, "file": each.file, "line": each.line, "digest": each.digest} for each in snapshot.code
        ],
        "inputs": {
            "files": [str(each) for each in snapshot.inputs.files],
            "directories": [str(each) for each in snapshot.inputs.directories],
            "variables": snapshot.inputs.variables,
            "has_used_network": snapshot.inputs.has_used_network,
            "has_run_programs": snapshot.inputs.has_run_programs,
        },
        "masked": snapshot.masked,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"


def from_json(text: str, *, file: Path | None = None) -> Snapshot:
    """The snapshot that `to_json` or the probe wrote; `file` is named in errors.

    Raises:
        UsageError: it is no JSON, of another format, or not what a snapshot consists of.

    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _damaged(f"it is no JSON: {error}", file) from error
    return from_document(document, file=file)


def from_document(document: object, *, file: Path | None = None) -> Snapshot:
    """As `from_json`, of JSON that is parsed already.

    Raises:
        UsageError: it is of another format, or not what a snapshot consists of.

    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _damaged("it has another format", file)
    try:
        return _snapshot(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(f"{type(error).__name__}: {error}", file) from error


def _snapshot(document: _Document) -> Snapshot:
    return Snapshot(
        dagster=_text(document["dagster"]),
        python=_text(document["python"]),
        objects=tuple(sorted(map(_object, document["objects"]), key=lambda each: (each.kind, each.name))),
        code=tuple(sorted(map(_unit, document["code"]), key=lambda each: each.id)),
        inputs=_inputs(document["inputs"]),
        masked=_texts(document.get("masked", ())),
    )


def _object(document: _Document) -> DefinedObject:
    kind: Any = document["kind"]
    if kind not in _KINDS:
        raise ValueError(f"there is no kind {kind!r}")
    return DefinedObject(
        kind=kind,
        name=_text(document["name"]),
        fields=_fields(document["fields"]),
        raw=_fields(document["raw"]),
        code=tuple(map(sys.intern, _texts(document["code"]))),
    )


def _unit(document: _Document) -> CodeUnit:
    line = document["line"]
    if type(line) is not int:
        raise ValueError(f"{line!r} is no line")
    return CodeUnit(
        id=sys.intern(_text(document["id"])),
        file=_text(document["file"]),
        line=line,
        digest=_text(document["digest"]),
    )


def _inputs(document: _Document) -> LoadInputs:
    return LoadInputs(
        files=tuple(map(Path, _texts(document["files"]))),
        directories=tuple(map(Path, _texts(document["directories"]))),
        variables=_texts(document["variables"]),
        has_used_network=document["has_used_network"] is True,
        has_run_programs=document["has_run_programs"] is True,
    )


def _fields(document: _Document) -> tuple[tuple[str, Value], ...]:
    return tuple((sys.intern(path), _value(value)) for path, value in sorted(document.items()))


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(map(_value, value))
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"a field cannot be {value!r}")


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{values!r} is no list")
    return tuple(map(_text, values))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _damaged(what: str, file: Path | None) -> UsageError:
    place = file or "the text"
    return UsageError(f"{place} is no snapshot: {what}", file=file, hint="take it again: commons snapshot -o FILE")
