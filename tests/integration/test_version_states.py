"""The state `MODULE==VERSION` as a tree: which use is moved how, and what lies beside the module and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, commit, draw, make_bare_remote, make_repository, project_text, workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.model.states import VersionState
from dagster_commons.proof.versions import at_version
from dagster_commons.tools import lockfile
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from released import release

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.proof.comparison import Side
    from dagster_commons.proof.materialising import Tree

SHARED = '{ path = "../shared", editable = true }'
OLD = VersionState(module="shared", version="0.1.0")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, local_remotes: None) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


def side_at(root: Path, state: VersionState = OLD, *, offline: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """By location: the version of `shared` that it is locked to, and why it is not as the state has it."""
    found = read_workspace(root)
    with at_version(found, state, {each.name for each in found.locations}, offline=offline) as side:
        tree = tree_of(side)
        return {each.location: str(each.locked) for each in tree.workspace.uses_of("shared")}, dict(side.not_made)


def tree_of(side: Side) -> Tree:
    assert side.tree is not None
    return side.tree


def test_a_module_that_others_bring_along_is_moved_where_it_is_read_in_place(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared").module("tools", uses={"shared": SHARED})
    drawing.location("sales", uses={"tools": '{ path = "../tools", editable = true }'}).repository()
    git(tmp_path, "tag", "v0.1.0")
    drawing.module("shared", version="0.2.0")
    uv(tmp_path / "sales", "lock")
    commit(tmp_path, "0.2.0")

    assert side_at(tmp_path) == ({"sales": "0.1.0"}, {})
    assert lockfile.read(tmp_path / "sales/uv.lock").versions("shared") == ("0.2.0",)


def test_a_submodule_that_only_others_bring_along_is_taken_from_its_own_tags(tmp_path: Path) -> None:
    module = make_repository(workspace(tmp_path / "module").module("shared", at=".").root)
    git(module, "tag", "shared-v0.1.0")
    commit(workspace(module).module("shared", at=".", version="0.2.0").root, "0.2.0")
    drawing = workspace(tmp_path / "root").repository()
    add_submodule(drawing.root, make_bare_remote(module, tmp_path / "shared.git"), "shared")
    drawing.module("tools", uses={"shared": SHARED})
    drawing.location("sales", uses={"tools": '{ path = "../tools", editable = true }'})
    uv(drawing.root / "sales", "lock")
    commit(drawing.root, "all there is")

    assert side_at(drawing.root) == ({"sales": "0.1.0"}, {})


def test_members_of_a_uv_workspace_share_a_lock_that_is_brought_in_line(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["*"]\n').module("shared")
    for name in ("sales", "marketing"):
        drawing.location(name, uses={"shared": "{ workspace = true }"})
    drawing.repository()
    git(tmp_path, "tag", "shared-v0.1.0")
    drawing.module("shared", version="0.2.0")
    uv(tmp_path, "lock")
    commit(tmp_path, "0.2.0")

    assert side_at(tmp_path) == ({"sales": "0.1.0", "marketing": "0.1.0"}, {})


def test_code_locations_inside_a_module_stay_as_they_are(tmp_path: Path) -> None:
    """A module at the root of its repository, the code locations below it."""
    drawing = workspace(tmp_path).module("shared", at=".").file("src/shared/gone.py", "")
    source = '{ path = "..", editable = true }'
    drawing.location("sales", uses={"shared": source}).repository()
    git(tmp_path, "tag", "v0.1.0")
    drawing.module("shared", at=".", version="0.2.0").file("commons.toml", "")
    drawing.file("src/shared/new.py", "").file("src/shared/untracked.py", "").file("sales/src/sales/new.py", "")
    (tmp_path / "src/shared/gone.py").unlink()
    uv(tmp_path / "sales", "lock")
    git(tmp_path, "add", "src/shared/new.py")

    found = read_workspace(tmp_path)
    with at_version(found, OLD, {"sales"}, offline=True) as side:
        twin = tree_of(side).twin.inside(tmp_path)
        there = {path: (twin / path).exists() for path in ("src/shared/gone.py", "src/shared/new.py")}
        assert there == {"src/shared/gone.py": True, "src/shared/new.py": False}
        assert not (twin / "src/shared/untracked.py").exists()
        assert (twin / "sales/src/sales/new.py").exists()
        assert (twin / "commons.toml").exists()
        assert side.not_made == {}
    assert (tmp_path / "src/shared/untracked.py").exists()


def test_what_the_version_needs_and_uv_cannot_have_is_said_of_those_who_use_it(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared", uses={"nowhere-to-be-found": ""})
    drawing.location("sales", uses={"shared": SHARED}).repository()
    git(tmp_path, "tag", "shared-v0.1.0")
    drawing.module("shared", version="0.2.0")
    uv(tmp_path / "sales", "lock")

    _, reasons = side_at(tmp_path)

    assert set(reasons) == {"sales"}
    assert reasons["sales"].startswith("no shared 0.1.0: ")
    assert str(tmp_path) not in reasons["sales"]


def test_a_directory_that_was_elsewhere_or_outside_git_is_said(tmp_path: Path) -> None:
    drawing = workspace(tmp_path / "root").module("shared", at="old").repository()
    git(drawing.root, "tag", "shared-v0.1.0")
    drawing.module("shared", version="0.2.0").location("sales", uses={"shared": SHARED})
    workspace(tmp_path / "plain").module("shared", version="0.2.0").location("finance", uses={"shared": SHARED})
    for place in (drawing.root / "sales", tmp_path / "plain/finance"):
        uv(place, "lock")

    assert side_at(drawing.root)[1] == {"sales": "no shared 0.1.0: shared-v0.1.0 has no shared/pyproject.toml"}
    outside = "no shared 0.1.0: shared is in no git repository, so only the working tree is there"
    assert side_at(tmp_path / "plain")[1] == {"finance": outside}
    assert side_at(tmp_path / "plain", VersionState(module="shared", version="0.2.0"))[1] == {}


def test_a_registry_outside_git_is_read_and_a_range_that_excludes_the_version_is_said(tmp_path: Path) -> None:
    """Two repositories below a root that is none, the registry beside them."""
    for version in ("0.1.0", "0.2.0"):
        release(tmp_path, "shared", version)
    release(tmp_path, "tools", "1.0.0", "shared>=0.2")
    index = '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
    drawing = workspace(tmp_path).location("finance", uses={"shared==0.2.0": ""}, more=index)
    drawing.location("billing", uses={"shared==0.2.0": "", "tools==1.0.0": ""}, more=index)
    for name in ("finance", "billing"):
        uv(tmp_path / name, "lock")
        make_repository(tmp_path / name)

    locked, reasons = side_at(tmp_path)

    assert locked["finance"] == "0.1.0"
    assert reasons == {"billing": "no shared 0.1.0: tools 1.0.0 requires shared>=0.2"}


def test_a_git_tag_and_a_range_are_moved_as_upgrade_moves_them(tmp_path: Path) -> None:
    module = make_repository(workspace(tmp_path / "module").module("shared", at=".").root)
    git(module, "tag", "v0.1.0")
    commit(workspace(module).module("shared", at=".", version="0.2.0").root, "0.2.0")
    git(module, "tag", "v0.2.0")
    drawing = workspace(tmp_path / "root")
    for version in ("0.1.0", "0.2.0"):
        release(drawing.root, "shared", version)
    drawing.location("billing", uses={"shared": f'{{ git = "file://{module}", tag = "v0.2.0" }}'})
    index = '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
    drawing.location("finance", uses={"shared>=0.1": ""}, more=index)
    for name in ("billing", "finance"):
        uv(drawing.root / name, "lock")
    drawing.repository()

    assert side_at(drawing.root) == ({"billing": "0.1.0", "finance": "0.1.0"}, {})
    assert lockfile.read(drawing.root / "finance/uv.lock").versions("shared") == ("0.2.0",)


def test_without_a_checkout_of_its_tag_a_submodule_is_asked_for_unless_offline(tmp_path: Path) -> None:
    module = make_repository(
        draw(tmp_path / "module", {"pyproject.toml": project_text("shared", version="0.1.0", uses={})})
    )
    drawing = workspace(tmp_path / "root").repository()
    remote = make_bare_remote(module, tmp_path / "shared.git")
    add_submodule(drawing.root, remote, "shared")
    drawing.location("sales", uses={"shared": SHARED})
    uv(drawing.root / "sales", "lock")
    commit(drawing.root, "all there is")
    draw(module, {"pyproject.toml": project_text("shared", version="0.2.0", uses={})})
    commit(module, "0.2.0")
    git(module, "tag", "shared-v0.2.0")
    git(module, "push", "--quiet", "origin", "main", "shared-v0.2.0")
    new = VersionState(module="shared", version="0.2.0")

    assert side_at(drawing.root, new)[1] == {}
    assert "its remote was not asked (--offline)" in side_at(drawing.root, new, offline=True)[1]["sales"]
    assert "shared-v0.2.0" not in git(drawing.root / "shared", "tag").text
