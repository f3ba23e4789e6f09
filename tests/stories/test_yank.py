"""A release taken back: marked in the embedded registry, refused elsewhere; what real uv makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.tools.uv import uv
from released import release
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]

YANK = ("registry", "yank", "shared==0.2.0")


@pytest.fixture
def finance(tmp_path: Path, commons: Commons, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A location that locks `shared` 0.2.0 of an embedded registry, which has 0.1.3 and 0.3.0rc1, too."""
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nothing").as_uri())
    root = workspace(tmp_path / "finance").location("finance", at=".").root
    for version in ("0.1.3", "0.2.0", "0.3.0rc1"):
        release(root, "shared", version)
    said = commons("add", "shared==0.2.0", "--via", "index", at="finance")
    assert said.exit_code == 0, said.err
    workspace(root).repository()
    return root


def locked(finance: Path, requirement: str) -> tuple[str, str]:
    """The version of `shared` that uv locks afresh for a project that requires it so, and what uv says."""
    project = finance / "other"
    project.mkdir(exist_ok=True)
    (project / "uv.lock").unlink(missing_ok=True)
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "other"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["{requirement}"]\n'
        '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
    )
    said = uv(project, "lock").error_text
    lines = (project / "uv.lock").read_text().splitlines()
    return lines[lines.index('name = "shared"') + 1].removeprefix('version = "').removesuffix('"'), said


def test_nobody_begins_with_it_and_who_has_it_keeps_it(commons: Commons, finance: Path) -> None:
    assert locked(finance, "shared")[0] == "0.2.0"
    wheels = {name: content for name, content in files_below(finance).items() if name.endswith(".whl")}

    said = commons(*YANK, "--reason", 'loses an "<asset>"', at="finance")

    assert said.exit_code == 0, said.err
    assert said.out == (
        "applied: yank shared 0.2.0 in registry local\n"
        "  written  registry/shared/index.html\n"
        "finance locks it and keeps working: an exact pin still finds it, with a warning of uv's\n"
        "the newest version of shared there: 0.1.3\n"
        "commit when ready: git add registry/shared/index.html && git commit\n"
        "`commons undo` takes it back\n"
    )
    assert locked(finance, "shared")[0] == "0.1.3"
    version, warned = locked(finance, "shared==0.2.0")
    assert version == "0.2.0"
    assert 'is yanked (reason: "loses an "<asset>"")' in warned
    assert uv(finance, "sync", "--locked", check=False).exit_code == 0
    assert {name: content for name, content in files_below(finance).items() if name in wheels} == wheels
    assert "0.2.0   0.1.3   current" in commons("status", "-l", "finance", at="finance").out
    listed = commons("registry", "list", at="finance").out
    assert 'yanked: loses an "<asset>"  finance' in listed
    checked = commons("check", "--offline", at="finance")
    assert "REG009" in checked.out


def test_once_more_and_back(commons: Commons, finance: Path) -> None:
    page = finance / "registry/shared/index.html"
    before = page.read_bytes()
    assert commons(*YANK, "--reason", "slow", at="finance").exit_code == 0
    yanked = page.read_bytes()

    said = commons(*YANK, at="finance")
    assert (said.exit_code, page.read_bytes()) == (0, yanked)
    assert said.out.startswith("nothing to do: yank shared 0.2.0 in registry local\n  it is so already\n")
    assert commons(*YANK, "--reason", "wrong", at="finance").exit_code == 0
    assert b'data-yanked="wrong"' in page.read_bytes()

    said = commons(*YANK, "--undo", at="finance")
    assert said.exit_code == 0
    assert "the newest version of shared there: 0.2.0\n" in said.out
    assert page.read_bytes() == before
    assert commons("undo", at="finance").exit_code == 0
    assert b'data-yanked="wrong"' in page.read_bytes()


def test_what_would_be_written(commons: Commons, finance: Path) -> None:
    before = files_below(finance)

    said = commons(*YANK, "--dry-run", "--format", "json", at="finance")

    document = json.loads(said.out)
    assert (document["outcome"], document["edits"]) == (
        "planned",
        [{"change": "written", "file": "registry/shared/index.html"}],
    )
    after = {name: content for name, content in files_below(finance).items() if name != "registry/.lock"}
    assert after == {name: content for name, content in before.items() if name != "registry/.lock"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("shared==0.9",), 2, "registry local has no shared==0.9\n  hint: it has: 0.1.3, 0.2.0, 0.3.0rc1\n"),
        (("shraed==0.2.0",), 2, "registry local has no shraed==0.2.0\n  hint: it has: no versions\n"),
        (("shared",), 2, "say which version\n"),
        (("shared==one",), 2, "`one` is no version\n"),
        (("shared==0.2.0", "--registry", "lokal"), 2, "there is no registry `lokal` in commons.toml\n"),
        (("shared==0.2.0", "--undo", "--reason", "x"), 2, "--reason and --undo contradict each other\n"),
        (("shared==0.2.0", "--registry", "aws"), 1, "others run registry aws: it is yanked there\n"),
        (("shared==0.2.0", "--registry", "team"), 1, "others run registry team: it is yanked there\n"),
    ],
)
def test_what_cannot_be(commons: Commons, finance: Path, words: tuple[str, ...], code: int, said: str) -> None:
    configuration = finance / "commons.toml"
    if "--registry" in words:
        configuration.write_text(
            configuration.read_text()
            + '[registries.team]\nkind = "simple"\nurl = "https://index.example.com/simple/"\n'
            + '[registries.aws]\nkind = "codeartifact"\ndomain = "acme"\ndomain-owner = "111122223333"\n'
            + 'repository = "python"\nregion = "eu-west-1"\n'
        )
    page = (finance / "registry/shared/index.html").read_bytes()

    ended = commons("registry", "yank", *words, at="finance")

    assert ended.exit_code == code
    assert ended.err.startswith(f"error: {said}")
    assert (finance / "registry/shared/index.html").read_bytes() == page
    if "aws" in words:
        assert "Unlisted is not the same" in ended.err
    if code == 1:
        assert "release a higher version that is right" in ended.err
