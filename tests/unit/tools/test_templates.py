"""The examples as templates: every file, nothing that tools leave behind."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from dagster_commons.tools import templates
from dagster_commons.tools.templates import template_files


def test_a_template_is_every_file_of_the_example_sorted() -> None:
    files = dict(template_files("path/sales"))
    assert list(files) == [
        PurePosixPath(".gitignore"),
        PurePosixPath("pyproject.toml"),
        PurePosixPath("src/sales/__init__.py"),
        PurePosixPath("src/sales/definitions.py"),
        PurePosixPath("src/sales/defs/__init__.py"),
        PurePosixPath("src/sales/defs/assets.py"),
    ]
    assert b'shared = { path = "../shared", editable = true }' in files[PurePosixPath("pyproject.toml")]


def test_what_tools_leave_behind_is_no_part_of_it(tmp_path, monkeypatch) -> None:
    example = tmp_path / "path" / "sales"
    for name in ("pyproject.toml", "uv.lock", ".venv/bin/python", "src/sales/__pycache__/a.pyc", "src/sales/a.py"):
        (example / name).parent.mkdir(parents=True, exist_ok=True)
        (example / name).write_text(name)
    monkeypatch.setattr(templates, "_examples_folder", lambda: tmp_path)
    assert [str(path) for path, _ in template_files("path/sales")] == ["pyproject.toml", "src/sales/a.py"]


def test_an_unknown_example_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match="no example called path/nowhere"):
        template_files("path/nowhere")
