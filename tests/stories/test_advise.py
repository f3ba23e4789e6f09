"""Which source fits: three code locations in three repositories, as in the demo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, make_bare_remote, make_repository, workspace
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]


@pytest.fixture
def three(tmp_path: Path, local_remotes: None) -> Path:
    """sales beside the module, marketing with it as a submodule, finance with the registry and a path out of it."""
    del local_remotes
    path = '{ path = "../platform/shared", editable = true }'
    workspace(tmp_path / "platform").module("shared").location(
        "sales", uses={"shared": '{ path = "../shared", editable = true }'}
    ).repository()
    workspace(tmp_path / "elsewhere").module("shared", at=".").repository()
    make_bare_remote(tmp_path / "elsewhere", tmp_path / "shared.git")
    root = tmp_path / "root"
    workspace(root / "marketing").location("marketing", at=".", uses={"shared": '{ path = "./shared" }'})
    make_repository(root / "marketing")
    add_submodule(root / "marketing", tmp_path / "shared.git", "shared")
    (tmp_path / "platform").rename(root / "platform")
    workspace(root / "finance").location("finance", at=".", uses={"shared": path}).repository()
    return root


def test_each_as_it_should_be_and_the_command_does_what_it_says(commons: Commons, three: Path) -> None:
    (three / "commons.toml").write_text('modules = ["shared"]\n')
    assert commons("registry", "init", "own", "--path", "finance/registry", at="root").exit_code == 0
    before = files_below(three)

    said = commons("advise", at="root")

    assert said.exit_code == 0, said.err
    assert "shared  sales: path, as it is\n  path       + one repository: a change is seen at once" in said.out
    assert "shared  marketing: submodule, as it is\n  submodule  + repositories of their own" in said.out
    assert "registry own lies in another repository: a lone clone cannot" in said.out
    assert (
        "shared  finance: path → index\n"
        "  first: commons release shared==0.1.0 --registry own\n"
        "  commons convert shared --via index -l finance\n"
    ) in said.out
    assert "1 shared module · 3 locations · 1 of 3 uses would change" in said.out
    assert files_below(three) == before

    for command in ("release shared==0.1.0 --registry own", "convert shared --via index -l finance"):
        done = commons(*command.split(), at="root")
        assert done.exit_code == 0, done.err
    again = json.loads(commons("advise", "shared", "--format", "json", at="root").out)
    assert {each["command"] for each in again["advice"]} == {None}
    assert {each["recommended"] for each in again["advice"]} == {"path", "submodule", "index"}


def test_of_one_code_location_in_markdown(commons: Commons, three: Path) -> None:
    said = commons("advise", "-l", "sales", "--format", "markdown", at="root")
    assert said.exit_code == 0
    assert said.out.startswith("### shared in sales: path, as it is\n")
    assert "finance" not in said.out.splitlines()[0]
    assert three.exists()


def test_a_module_that_nobody_uses(commons: Commons, three: Path) -> None:
    workspace(three / "platform").module("spare")
    said = commons("advise", "spare", at="root")
    assert said.exit_code == 2
    assert "no code location here uses spare itself" in said.err
    assert "commons add spare" in said.err
