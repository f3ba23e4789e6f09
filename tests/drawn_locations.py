"""Small code locations drawn in a test, and what to ask for a snapshot of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import draw
from dagster_commons.model.definitions import DefinedObject, ObjectKind, Snapshot
from dagster_commons.model.workspace import Target
from dagster_commons.probe.snapshots import SnapshotRequest

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.verdicts import LoadFailure
    from dagster_commons.model.workspace import TargetKind

ONE_ASSET = """
    import dagster as dg

    @dg.asset
    def orders():
        return 1

    defs = dg.Definitions(assets=[orders])
"""


def draw_location(directory: Path, definitions: str = ONE_ASSET, **modules: str) -> Path:
    """A package `shop` below `directory`/src with `definitions.py` and further modules."""
    files = {f"src/shop/{name}.py": text for name, text in modules.items()}
    draw(directory, {"src/shop/__init__.py": "", "src/shop/definitions.py": definitions, **files})
    return directory


def request_for(
    location: Path,
    value: str = "shop.definitions",
    *,
    kind: TargetKind = "module",
    attribute: str | None = None,
    environment: dict[str, str] | None = None,
) -> SnapshotRequest:
    return SnapshotRequest(
        target=Target(kind=kind, value=value, attribute=attribute),
        directory=location / "src",
        expect_modules=(("shop", location / "src"),),
        environment=tuple((environment or {}).items()),
        first_party=((location, "shop"),),
    )


def loaded(result: Snapshot | LoadFailure) -> Snapshot:
    assert isinstance(result, Snapshot), result
    return result


def find(snapshot: Snapshot, kind: ObjectKind, name: str) -> DefinedObject:
    found = [each for each in snapshot.objects if (each.kind, each.name) == (kind, name)]
    assert found, f"{kind} {name} is not among {[(each.kind, each.name) for each in snapshot.objects]}"
    return found[0]


def names(snapshot: Snapshot, kind: ObjectKind = "asset") -> list[str]:
    return [each.name for each in snapshot.objects if each.kind == kind]
