"""Snapshots of definitions drawn in a few lines, for tests of pure functions."""

from __future__ import annotations

from dagster_commons.model.definitions import CodeUnit, DefinedObject, ObjectKind, Snapshot, Value


def thing(
    kind: ObjectKind,
    name: str,
    fields: dict[str, Value] | None = None,
    *,
    raw: dict[str, Value] | None = None,
    code: tuple[str, ...] = (),
) -> DefinedObject:
    return DefinedObject(
        kind=kind,
        name=name,
        fields=tuple(sorted((fields or {}).items())),
        raw=tuple(sorted((raw or {}).items())),
        code=code,
    )


def asset(name: str, *deps: str, execution: str = "materialization", **fields: Value) -> DefinedObject:
    """An asset with a few fields; in their names `__` stands for the dot of a path."""
    paths = {name.replace("__", "."): value for name, value in fields.items()}
    return thing("asset", name, {"execution": execution, **({"deps": deps} if deps else {}), **paths})


def unit(identifier: str, digest: str = "1", *, file: str = "shared/io.py", line: int = 1) -> CodeUnit:
    return CodeUnit(id=identifier, file=file, line=line, digest=digest)


def snapshot(
    *objects: DefinedObject, code: tuple[CodeUnit, ...] = (), dagster: str = "1.13.0", masked: tuple[str, ...] = ()
) -> Snapshot:
    return Snapshot(
        dagster=dagster,
        python="3.11.2",
        objects=tuple(sorted(objects, key=lambda each: (each.kind, each.name))),
        code=tuple(sorted(code, key=lambda each: each.id)),
        masked=masked,
    )
