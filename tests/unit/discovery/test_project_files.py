"""Project files of every kind, read into one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.discovery import read_workspace
from dagster_commons.discovery.poetry_tables import pep_440_range

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.project import Project

PEP_621 = '[project]\nname = "acme-shared"\nversion = "1"\n[build-system]\nrequires = []\n'


def project(root: Path) -> Project:
    (found,) = read_workspace(root).projects
    return found


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2.3", "==1.2.3"),
        ("1.2.*", "==1.2.*"),
        (">=1.0,<2.0", ">=1.0,<2.0"),
        ("*", ""),
        ("^1.0a1", ">=1.0a1,<2"),
    ],
)
def test_poetry_ranges_written_out(constraint: str, expected: str) -> None:
    assert pep_440_range(constraint) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Dagster>=1.11  # pinned later", ("dagster", "Dagster>=1.11")),
        (
            "dagster[graph] == 1.0 ; python_version < '3.13'",
            ("dagster", "dagster[graph] == 1.0 ; python_version < '3.13'"),
        ),
        ("dagster==1.0 \\\n    --hash=sha256:00", ("dagster", "dagster==1.0")),
        (
            "git+https://git.example.com/shared.git@v1#egg=shared",
            ("shared", "shared @ git+https://git.example.com/shared.git@v1#egg=shared"),
        ),
        (
            "git+ssh://git@git.example.com/acme/tools.git",
            ("tools", "tools @ git+ssh://git@git.example.com/acme/tools.git"),
        ),
        ("-e ../shared", ("shared", "shared")),
        ("--editable=../shared[plots]", ("shared", "shared")),
        ("-e../shared", ("shared", "shared")),
        ("../shared ; sys_platform == 'linux'", ("shared", "shared")),
        ("file:../shared", ("shared", "shared")),
        ("-c constraints.txt", None),
        ("--index-url https://packages.example.com/simple", None),
        ("https://example.com/some.whl", None),
        ("# nothing", None),
    ],
)
def test_lines_of_requirements_txt(tmp_path: Path, line: str, expected: tuple[str, str] | None) -> None:
    draw(tmp_path, {"x/requirements.txt": f"{line}\n"})
    found = read_workspace(tmp_path / "x")
    dependencies = [(each.name, each.requirement) for project in found.projects for each in project.dependencies]
    assert dependencies == ([expected] if expected else [])
    assert found.findings == ()


def test_included_requirements_files_end_when_they_include_each_other(tmp_path: Path) -> None:
    draw(
        tmp_path, {"requirements.txt": "-r more/a.txt\none\n", "more/a.txt": "-r ../requirements.txt\n-e ../lib\ntwo\n"}
    )
    found = project(tmp_path)
    assert [each.name for each in found.dependencies] == ["two", "one", "lib"]
    assert [getattr(each.source, "path", None) for each in found.sources] == [tmp_path / "lib"]


def test_setup_py_is_read_and_never_run(tmp_path: Path) -> None:
    draw(
        tmp_path,
        {
            "setup.py": """
                import setuptools, sys
                open("ran", "w")
                NAME = "Acme.Shared"
                REQUIRES = ["dagster>=1", "pandas"]
                setuptools.setup(
                    name=NAME,
                    version="1.2",
                    python_requires=">=3.10",
                    packages=setuptools.find_packages(where="lib"),
                    package_dir={"": "lib"},
                    install_requires=REQUIRES,
                    extras_require={"dev_tools": ["pytest"]},
                )
            """,
            "lib/acme/__init__.py": "",
        },
    )
    found = project(tmp_path)
    assert (found.name, found.version, found.requires_python) == ("acme-shared", "1.2", ">=3.10")
    assert [(each.name, each.extra, each.line) for each in found.dependencies] == [
        ("dagster", None, 4),
        ("pandas", None, 4),
        ("pytest", "dev-tools", 12),
    ]
    assert (found.import_packages, found.manager) == (("acme",), "setup.py")
    assert not (tmp_path / "ran").exists()


def test_what_setup_py_computes_is_dynamic(tmp_path: Path) -> None:
    text = "from setuptools import setup\nsetup(name='x', version=get_version(), install_requires=read('requirements.in'))\n"
    found = project(draw(tmp_path, {"setup.py": text}))
    assert (found.version, found.is_version_dynamic, found.are_dependencies_dynamic) == (None, True, True)


def test_setup_cfg(tmp_path: Path) -> None:
    draw(
        tmp_path,
        {
            "setup.py": "from setuptools import setup\nsetup()\n",
            "setup.cfg": """
                [metadata]
                name = acme-shared
                version = attr: acme.__version__
                [options]
                python_requires = >=3.10
                package_dir =
                    = src
                packages = find:
                install_requires =
                    dagster>=1
                    pandas
                [options.packages.find]
                where = src
                [options.extras_require]
                dev =
                    pytest
            """,
            "src/acme/__init__.py": "",
        },
    )
    found = project(tmp_path)
    assert (found.name, found.is_version_dynamic, found.requires_python) == ("acme-shared", False, ">=3.10")
    assert [(each.name, each.extra) for each in found.dependencies] == [
        ("dagster", None),
        ("pandas", None),
        ("pytest", "dev"),
    ]
    assert found.import_packages == ("acme",)


def test_requirements_that_setuptools_reads_from_files(tmp_path: Path) -> None:
    pyproject = (
        '[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n'
    )
    found = project(draw(tmp_path, {"pyproject.toml": pyproject, "requirements.txt": "dagster\n-e ../shared\n"}))
    assert [each.name for each in found.dependencies] == ["dagster", "shared"]
    assert found.are_dependencies_dynamic


@pytest.mark.parametrize(
    ("tables", "files", "expected"),
    [
        ("", ["src/acme_shared/__init__.py"], ("acme_shared",)),
        ("", ["src/other/__init__.py", "src/more/__init__.py"], ("more", "other")),
        ("", ["acme_shared/__init__.py", "tests/__init__.py", "docs/__init__.py"], ("acme_shared",)),
        ("", ["src/acme/shared/__init__.py"], ("acme",)),
        ("", ["acme_shared.py"], ("acme_shared",)),
        ("", ["src/acme_shared.py"], ("acme_shared",)),
        ("", ["notes/readme.md"], ()),
        ("", ["acme_shared/__init__.py", "acme_shared_tests/__init__.py"], ("acme_shared",)),
        (
            '[tool.hatch.build.targets.wheel]\npackages = ["lib/one", "lib/two"]\n',
            ["lib/one/__init__.py", "src/three/__init__.py"],
            ("one",),
        ),
        ('[tool.uv.build-backend]\nmodule-name = "acme.inner"\n', ["src/acme/inner/__init__.py"], ("acme",)),
        (
            '[tool.uv.build-backend]\nmodule-name = "acme"\nmodule-root = ""\n',
            ["acme/__init__.py", "more/__init__.py"],
            ("acme",),
        ),
        ('[tool.setuptools]\npackages = ["one", "one.two"]\n', ["one/two/__init__.py"], ("one",)),
        ('[tool.setuptools.packages.find]\nwhere = ["lib"]\n', ["lib/one/__init__.py"], ("one",)),
        ('[tool.setuptools.package-dir]\n"" = "lib"\n', ["lib/one/__init__.py"], ("one",)),
        ('[tool.setuptools]\npy-modules = ["single"]\n', ["single.py"], ("single",)),
    ],
)
def test_import_packages_on_disk(tmp_path: Path, tables: str, files: list[str], expected: tuple[str, ...]) -> None:
    draw(tmp_path, {"pyproject.toml": PEP_621 + tables, **dict.fromkeys(files, "")})
    assert project(tmp_path).import_packages == expected


@pytest.mark.parametrize(
    ("text", "is_package"),
    [
        (PEP_621, True),
        ('[project]\nname = "x"\nversion = "1"\n', False),
        (f"{PEP_621}[tool.uv]\npackage = false\n", False),
        ('[project]\nname = "x"\nversion = "1"\n[tool.uv]\npackage = true\n', True),
    ],
)
def test_a_virtual_project_is_no_package(tmp_path: Path, *, text: str, is_package: bool) -> None:
    assert project(draw(tmp_path, {"pyproject.toml": text})).is_package is is_package


@pytest.mark.parametrize(
    ("members", "exclude", "directory", "is_member"),
    [
        ('["apps/*"]', "[]", "apps/one", True),
        ('["apps/*"]', "[]", "apps/deep/one", False),
        ('["apps/**"]', "[]", "apps/deep/one", True),
        ('["./apps/*"]', "[]", "apps/one", True),
        ('["apps/*"]', '["apps/one"]', "apps/one", False),
        ('["apps/[!o]*"]', "[]", "apps/one", False),
        ('["**"]', "[]", "any/where", True),
        ("[]", "[]", "apps/one", False),
    ],
)
def test_members_of_a_uv_workspace(
    tmp_path: Path, *, members: str, exclude: str, directory: str, is_member: bool
) -> None:
    root = f"[tool.uv.workspace]\nmembers = {members}\nexclude = {exclude}\n"
    draw(tmp_path, {"pyproject.toml": root, f"{directory}/pyproject.toml": PEP_621})
    found = {each.directory: each for each in read_workspace(tmp_path).projects}
    assert found[tmp_path / directory].uv_root == (tmp_path if is_member else tmp_path / directory)
    assert found[tmp_path].is_uv_workspace_root
