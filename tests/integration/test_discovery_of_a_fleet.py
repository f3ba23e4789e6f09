"""Repositories named in `[fleet]`: paths, and URLs kept as clones in the cache."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, commit, make_bare_remote, make_repository, workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """The bare remote of a repository with one code location."""
    finance = workspace(tmp_path / "upstream").location("finance", uses={"shared==0.1.3": ""}).repository().root
    return make_bare_remote(finance, tmp_path / "finance.git")


def with_fleet(root: Path, *repositories: str) -> Path:
    listed = ", ".join(f'"{each}"' for each in repositories)
    return workspace(root).module("shared").file("commons.toml", f"[fleet]\nrepositories = [{listed}]\n").root


def test_a_path_is_read_where_it_is(tmp_path: Path) -> None:
    workspace(tmp_path / "marketing").location("marketing", at=".").repository()
    found = read_workspace(with_fleet(tmp_path / "root", "../marketing"))
    (location,) = found.locations
    assert location.path == tmp_path / "marketing"
    assert [(each.root, each.is_cached_clone) for each in found.repositories] == [(tmp_path / "marketing", False)]


def test_a_path_inside_the_root_is_read_once(tmp_path: Path) -> None:
    root = with_fleet(tmp_path, "./sales", "sales")
    workspace(root).location("sales")
    assert [each.name for each in read_workspace(root).locations] == ["sales"]


def test_a_path_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    found = read_workspace(with_fleet(tmp_path, "../gone"))
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.subject) == ("FLEET001", "error", "../gone")
    assert finding.file == tmp_path / "commons.toml"


def test_a_url_is_cloned_kept_up_to_date_and_used_offline(tmp_path: Path, remote: Path) -> None:
    root = with_fleet(tmp_path / "root", remote.as_uri())
    (missing,) = read_workspace(root, offline=True).findings
    assert "no clone in the cache" in missing.message

    found = read_workspace(root)
    assert found.findings == ()
    assert [(use.location, use.module, use.requirement) for use in found.uses] == [
        ("finance", "shared", "shared==0.1.3")
    ]
    (clone,) = found.repositories
    assert clone.is_cached_clone
    assert clone.root.is_relative_to(cache_directory() / "fleet")

    upstream = tmp_path / "upstream"
    commit(workspace(upstream).location("second").root, "more")
    git(upstream, "push", "--quiet", "origin", "main")
    assert [each.name for each in read_workspace(root, offline=True).locations] == ["finance"]
    assert [each.name for each in read_workspace(root).locations] == ["finance", "second"]

    shutil.rmtree(remote)
    found = read_workspace(root)
    assert [each.name for each in found.locations] == ["finance", "second"]
    (unreachable,) = found.findings
    assert (unreachable.rule, unreachable.severity) == ("FLEET001", "error")
    assert "--offline" in (unreachable.fix or "")
    assert read_workspace(root, offline=True).findings == ()


def test_an_unreachable_url_never_stops_the_rest_and_shows_no_password(tmp_path: Path) -> None:
    root = with_fleet(tmp_path, "file://user:secret@localhost/nowhere.git")
    workspace(root).location("sales", uses={"shared": '{ path = "../shared" }'})
    found = read_workspace(root)
    assert [use.location for use in found.uses] == ["sales"]
    (finding,) = found.findings
    assert "secret" not in f"{finding.message} {finding.fix} {finding.subject}"


def test_submodules_of_a_clone_are_fetched_where_possible(tmp_path: Path, remote: Path) -> None:
    module = make_repository(workspace(tmp_path / "module").module("shared", at=".").root)
    module_remote = make_bare_remote(module, tmp_path / "module.git")
    upstream = tmp_path / "upstream"
    add_submodule(upstream, module_remote, "shared")
    commit(upstream, "share")
    git(upstream, "push", "--quiet", "origin", "main")
    root = with_fleet(tmp_path / "root", remote.as_uri())

    found = read_workspace(root)

    assert [each.name for each in found.locations] == ["finance"]
    (finding,) = found.findings  # git does not clone submodules from directories unless allowed
    assert (finding.severity, "submodules cannot be fetched" in finding.message) == ("warning", True)


@pytest.mark.usefixtures("local_remotes")
def test_submodules_of_a_clone_are_there_when_git_may_fetch_them(tmp_path: Path, remote: Path) -> None:
    module = make_repository(workspace(tmp_path / "module").module("shared", at=".").root)
    add_submodule(tmp_path / "upstream", make_bare_remote(module, tmp_path / "module.git"), "shared")
    commit(tmp_path / "upstream", "share")
    git(tmp_path / "upstream", "push", "--quiet", "origin", "main")
    found = read_workspace(with_fleet(tmp_path / "root", remote.as_uri()))
    assert found.findings == ()
    assert len(found.repositories) == 2
    assert all(each.is_cached_clone for each in found.repositories)
