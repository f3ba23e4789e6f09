"""What discovery reads off an embedded registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.model.sources import IndexSource
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

INDEX = """
    [[tool.uv.index]]
    name = "local"
    url = "../registry"
"""


def published(root: Path, *versions: str) -> Path:
    """A registry with releases of `shared`, made from wheels without a build back end."""
    registry = root / "registry"
    embedded.initialise(registry, names=("shared", "reserved"))
    for version in versions:
        files = {"PKG-INFO": f"Metadata-Version: 2.1\nName: shared\nVersion: {version}\n"}
        embedded.publish(registry, (_sdist(root / f"shared-{version}.tar.gz", f"shared-{version}", files),))
    return registry


def _sdist(file: Path, top: str, files: dict[str, str]) -> Path:
    import io  # noqa: PLC0415 - only here
    import tarfile  # noqa: PLC0415

    with tarfile.open(file, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return file


@pytest.mark.parametrize("configured", [True, False])
def test_a_registry_makes_its_names_modules_and_tells_the_newest_version(tmp_path: Path, *, configured: bool) -> None:
    published(tmp_path, "0.1.3", "0.2.0", "0.10.0rc1")
    drawing = workspace(tmp_path)
    if configured:
        drawing.file("commons.toml", '[registries.local]\nkind = "embedded"\npath = "registry"\n')
    drawing.location("finance", uses={"shared==0.1.3": "", "dagster": ""}, more="" if configured else INDEX)
    found = read_workspace(tmp_path)
    (use,) = found.uses
    assert (use.module, use.source, use.available) == ("shared", IndexSource(), "0.2.0")
    assert [(module.name, module.project) for module in found.modules] == [("shared", None)]
    assert found.findings == ()


def test_a_reserved_name_has_no_newest_version(tmp_path: Path) -> None:
    published(tmp_path)
    workspace(tmp_path).location("finance", uses={"shared==0.1.3": ""}, more=INDEX)
    (use,) = read_workspace(tmp_path).uses
    assert use.available is None


def test_a_damaged_page_is_a_finding(tmp_path: Path) -> None:
    registry = published(tmp_path, "0.1.3")
    (registry / "shared/index.html").write_bytes(b"\xff")
    workspace(tmp_path).location("finance", uses={"shared==0.1.3": ""}, more=INDEX)
    found = read_workspace(tmp_path)
    assert [use.available for use in found.uses] == [None]
    assert [each.file for each in found.findings] == [registry / "shared/index.html"]


def test_real_locks_give_versions_in_use_and_a_current_lock(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("base").module("shared", uses={"base": '{ path = "../base" }'})
    drawing.location("sales", uses={"shared": '{ path = "../shared", editable = true }'})
    uv(tmp_path / "sales", "lock", "--offline")
    found = read_workspace(tmp_path)
    assert [(use.module, use.through, use.locked, use.lock.kind) for use in found.uses] == [
        ("base", "shared", "0.1.0", "current"),
        ("shared", None, "0.1.0", "current"),
    ]
    drawing.module("shared", version="0.2.0")
    assert {use.lock.kind for use in read_workspace(tmp_path).uses} == {"stale"}
