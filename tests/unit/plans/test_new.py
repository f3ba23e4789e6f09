"""`commons new`: the example's module under another name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.plans.new import TEMPLATE, lowest_requires_python, module_names, new_plan
from dagster_commons.tools.templates import template_files


def planned(directory: Path, module: str, requires_python: str = ">=3.10") -> dict[str, str]:
    plan = new_plan(template_files(TEMPLATE), directory=directory, module=module, requires_python=requires_python)
    return {step.path.relative_to(directory).as_posix(): step.content.decode() for step in plan.steps}


def test_every_file_of_the_example_is_written_under_the_new_name(tmp_path) -> None:
    assert sorted(planned(tmp_path / "acme-base", "Acme_Base")) == [
        ".gitignore",
        "CHANGELOG.md",
        "README.md",
        "contracts/factories.py",
        "pyproject.toml",
        "src/acme_base/__init__.py",
        "src/acme_base/components.py",
        "src/acme_base/factory.py",
        "src/acme_base/py.typed",
        "tests/test_components.py",
        "tests/test_factory.py",
    ]


def test_the_project_is_named_by_its_distribution_and_its_code_by_the_import_package(tmp_path) -> None:
    project = tomllib.loads(planned(tmp_path / "new", "acme-base", ">=3.12")["pyproject.toml"])
    assert project["project"]["name"] == "acme-base"
    assert project["project"]["requires-python"] == ">=3.12"
    assert project["project"]["entry-points"] == {
        "dagster_dg_cli.registry_modules": {"acme-base": "acme_base.components"}
    }
    assert project["tool"]["hatch"] == {
        "version": {"path": "src/acme_base/__init__.py"},
        "build": {"targets": {"wheel": {"packages": ["src/acme_base"]}}},
    }


def test_the_version_begins_anew_and_uv_copies_it_into_no_lock(tmp_path) -> None:
    files = planned(tmp_path / "new", "acme-base")
    assert '__version__ = "0.1.0"\n' in files["src/acme_base/__init__.py"]
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["dynamic"] == ["version"]
    assert "version" not in project


def test_the_example_s_name_is_nowhere_left(tmp_path) -> None:
    for path, text in planned(tmp_path / "new", "acme-base").items():
        assert not re.search(r"\bshared\b", text), path


def test_the_code_is_python_and_imports_the_new_name(tmp_path) -> None:
    files = planned(tmp_path / "new", "acme-base")
    for path, text in files.items():
        if path.endswith(".py"):
            compile(text, path, "exec")
    assert "from acme_base import __version__" in files["src/acme_base/factory.py"]
    assert "from acme_base.factory import asset_factory" in files["README.md"]
    assert files["README.md"].startswith("# acme-base\n")


def test_under_the_example_s_own_name_only_the_version_differs(tmp_path) -> None:
    example = {path.as_posix(): content.decode() for path, content in template_files(TEMPLATE)}
    written = planned(tmp_path / "shared", "shared")
    assert {path for path in example if example[path] != written[path]} == {"src/shared/__init__.py"}


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_what_is_there_already_is_refused(tmp_path, make) -> None:
    make(tmp_path / "taken")
    with pytest.raises(RefusedError, match="exists"):
        planned(tmp_path / "taken", "acme-base")


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("shared", ("shared", "shared")),
        ("Acme.Base", ("acme-base", "acme_base")),
        ("acme__base-2", ("acme-base-2", "acme_base_2")),
    ],
)
def test_names(module, names) -> None:
    assert module_names(module) == names


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("", "cannot be the name"),
        ("-acme", "cannot be the name"),
        ("acme-", "cannot be the name"),
        ("acme base", "cannot be the name"),
        ("acme/base", "cannot be the name"),
        ("gemeinsam-für-alle", "cannot be the name"),
        ("shared==0.1.3", "cannot be the name"),
        ("acme\n", "cannot be the name"),
        ("2fast", "it is no Python name"),
        ("class", "it is a keyword of Python"),
        ("json", "standard library"),
        ("Zip-App", None),
        ("zipapp", "standard library"),
        ("dagster", "is installed in the environments"),
        ("dagster-commons", "is installed in the environments"),
        ("dagster-acme", None),
    ],
)
def test_names_that_cannot_be(module, reason) -> None:
    if reason is None:
        module_names(module)
        return
    with pytest.raises(UsageError, match=reason) as refused:
        module_names(module)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("admitted", "expected"),
    [
        ((), ">=3.10"),
        ((None, None), ">=3.10"),
        ((">=3.12",), ">=3.12"),
        ((">=3.10,<3.15", ">=3.11"), ">=3.10"),
        ((">=3.9", None), ">=3.9"),
        (("~=3.11",), ">=3.11"),
        (("==3.12.*", ">=3.13"), ">=3.12"),
        ((">=3.10.4",), ">=3.10.4"),
        ((">3.10",), ">=3.10"),
        (("<3.15",), ">=3.10"),
        (("nonsense", ">=3.11"), ">=3.11"),
        ((">=3.9,>=3.11", ">=3.12"), ">=3.11"),
    ],
)
def test_the_module_s_python_is_the_lowest_that_its_users_admit(admitted, expected) -> None:
    assert lowest_requires_python(admitted) == expected
