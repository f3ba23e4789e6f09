"""States as whole trees: nothing in them leads back to the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import commit, workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.model.states import WorktreeState
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.revisions import resolve_revision

if TYPE_CHECKING:
    from pathlib import Path

SHARED = '{ path = "../shared", editable = true }'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two locations that a workspace.yaml names by absolute directories, as tools write them."""
    root = (tmp_path / "root").resolve()
    drawing = workspace(root).module("shared").location("sales", uses={"shared": SHARED}).location("sales-two")
    entries = "".join(
        f"  - python_module:\n      module_name: {name.replace('-', '_')}.definitions\n"
        f"      location_name: {name}\n      working_directory: {root / name}\n"
        f"      executable_path: {root / name}/.venv/bin/python\n"
        for name in ("sales", "sales-two")
    )
    return drawing.file("workspace.yaml", f"load_from:\n{entries}").repository().root


def test_absolute_directories_of_workspace_yaml_lead_into_the_tree(root: Path) -> None:
    users = read_workspace(root)

    with materialised(users, WorktreeState()) as tree:
        assert [each.name for each in tree.workspace.locations] == [each.name for each in users.locations]
        for location in tree.workspace.locations:
            assert location.path.is_relative_to(tree.twin.at)
            assert location.target.working_directory is None or location.target.working_directory.is_relative_to(
                tree.twin.at
            )
    assert str(root / "sales") in (root / "workspace.yaml").read_text()


def test_a_revision_is_what_was_committed(root: Path) -> None:
    first = resolve_revision(root, "HEAD")
    (root / "shared/src/shared/__init__.py").write_text("changed = True\n")
    (root / "shared/src/shared/later.py").write_text("")
    commit(root, "later")
    (root / "untracked.txt").write_text("")

    with materialised(read_workspace(root), first) as tree:
        package = tree.twin.inside(root / "shared/src/shared")
        assert "changed" not in (package / "__init__.py").read_text()
        assert not (package / "later.py").exists()
        assert not tree.twin.inside(root / "untracked.txt").exists()
