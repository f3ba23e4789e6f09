from __future__ import annotations

import os
import py_compile
from typing import TYPE_CHECKING

from dagster_commons.proof.bytecode import share_bytecode

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_is_compiled_from_the_very_same_file_is_shared(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for environment in (one, other):
        (environment / "package").mkdir(parents=True)
    (one / "package/same.py").write_text("VALUE = 1\n")
    os.link(one / "package/same.py", other / "package/same.py")
    for environment, value in ((one, 1), (other, 2)):  # as long, and as old
        (environment / "package/another.py").write_text(f"VALUE = {value}\n")
        os.utime(environment / "package/another.py", (1, 1))
    (one / "package/gone.py").write_text("VALUE = 1\n")
    for name in ("same", "another", "gone"):
        py_compile.compile(str(one / f"package/{name}.py"))

    share_bytecode(one, other)

    shared = list((other / "package/__pycache__").iterdir())
    assert [each.name.partition(".")[0] for each in shared] == ["same"]
    assert shared[0].samefile(one / "package/__pycache__" / shared[0].name)


def test_what_the_target_has_compiled_itself_stays(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for environment in (one, other):
        environment.mkdir()
    (one / "same.py").write_text("VALUE = 1\n")
    os.link(one / "same.py", other / "same.py")
    for environment in (one, other):
        py_compile.compile(str(environment / "same.py"))

    share_bytecode(one, other)

    (own,) = (other / "__pycache__").iterdir()
    assert not own.samefile(one / "__pycache__" / own.name)


def test_an_environment_that_is_gone_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    share_bytecode(tmp_path / "gone", tmp_path / "other")

    assert not list((tmp_path / "other").iterdir())
