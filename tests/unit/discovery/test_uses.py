"""Which uses of shared modules are found, in every form in which a source can be written."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from builders import Drawing, workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.model.sources import (
    GitSource,
    IndexSource,
    MemberSource,
    PathSource,
    Source,
    source_kind,
)
from dagster_commons.tools.simple_pages import parse_page, render_page
from released import release

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import Use

URL = "https://git.example.com/shared.git"


def uses(root: Path) -> list[tuple[str, str, str, str | None]]:
    return [(use.location, use.module, source_kind(use.source), use.through) for use in read_workspace(root).uses]


def only_use(root: Path) -> Use:
    (use,) = read_workspace(root).uses
    return use


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ('{ path = "../shared", editable = true }', PathSource(path="", written="../shared", editable=True)),  # type: ignore[arg-type]
        ('{ path = "../shared/." }', PathSource(path="", written="../shared/.", editable=False)),  # type: ignore[arg-type]
        (f'{{ git = "{URL}" }}', GitSource(url=URL)),
        (f'{{ git = "{URL}", tag = "v1" }}', GitSource(url=URL, reference_kind="tag", reference="v1")),
        (f'{{ git = "{URL}", branch = "main" }}', GitSource(url=URL, reference_kind="branch", reference="main")),
        (
            f'{{ git = "{URL}", rev = "abc", subdirectory = "libs/shared" }}',
            GitSource(url=URL, reference_kind="rev", reference="abc", subdirectory="libs/shared"),
        ),
        ('{ index = "corp" }', IndexSource(index="corp")),
        ("", IndexSource()),
    ],
)
def test_every_form_of_a_source(tmp_path: Path, written: str, source: Source) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": written})
    use = only_use(tmp_path)
    if isinstance(source, PathSource):
        source = PathSource(path=tmp_path / "shared", written=source.written, editable=source.editable)
    assert use.source == source
    assert (use.alternatives, use.project, use.line) == ((), tmp_path / "sales", 6)


def test_a_path_without_dots_and_a_dotted_key(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared", at="sales/vendor/shared").file(
        "sales/pyproject.toml",
        """
        tool.uv.sources.Shared.path = "vendor/shared"
        [project]
        name = "sales"
        version = "1"
        dependencies = ["SHARED>=0.1"]
        [tool.dagster]
        module_name = "sales"
        """,
    )
    use = only_use(tmp_path)
    assert use.source == PathSource(path=tmp_path / "sales/vendor/shared", written="vendor/shared", editable=False)
    assert use.requirement == "SHARED>=0.1"


def test_a_list_with_markers_keeps_the_other_elements_as_alternatives(tmp_path: Path) -> None:
    elements = f"""[
        {{ path = "../shared", marker = "sys_platform == 'linux'" }},
        {{ git = "{URL}", tag = "v1", marker = "sys_platform != 'linux'" }},
    ]"""
    workspace(tmp_path).module("shared").location("sales", uses={"shared": elements})
    use = only_use(tmp_path)
    assert use.source == PathSource(path=tmp_path / "shared", written="../shared", editable=False)
    assert use.alternatives == (GitSource(url=URL, reference_kind="tag", reference="v1"),)


def test_extras_and_groups_are_uses_with_the_source_made_for_them(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").file(
        "sales/pyproject.toml",
        """
        [project]
        name = "sales"
        version = "1"
        dependencies = []
        [project.optional-dependencies]
        reports = ["shared[plots]"]
        [dependency-groups]
        base = ["shared"]
        dev = [{ include-group = "base" }, "pytest"]
        [tool.uv.sources]
        shared = [{ path = "../shared", extra = "reports" }, { index = "corp", group = "base" }]
        [tool.dagster]
        module_name = "sales"
        """,
    )
    found = read_workspace(tmp_path)
    assert [(use.extra, use.group, source_kind(use.source), use.requirement) for use in found.uses] == [
        ("reports", None, "path", "shared[plots]"),
        (None, "base", "index", "shared"),
    ]
    assert found.findings == ()


@pytest.mark.parametrize(
    ("requirement", "source"),
    [
        (
            f"shared @ git+{URL}@v1#subdirectory=lib",
            GitSource(url=URL, reference_kind="rev", reference="v1", subdirectory="lib"),
        ),
        (f"shared @ git+{URL}", GitSource(url=URL)),
        ("shared @ file:../shared", None),
        ("shared @ {root:uri}/../shared", None),
    ],
)
def test_direct_references(tmp_path: Path, requirement: str, source: Source | None) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={requirement: ""})
    use = only_use(tmp_path)
    if source is None:
        assert getattr(use.source, "path", None) == tmp_path / "shared"
    else:
        assert use.source == source


def test_transitive_uses_follow_paths_and_only_the_extras_asked_for(tmp_path: Path) -> None:
    (
        workspace(tmp_path)
        .module("base")
        .module("plots")
        .module("unasked")
        .module("tests-only")
        .module(
            "shared",
            uses={"base": '{ path = "../base" }'},
            more="""
            plots = { path = "../plots" }
            unasked = { path = "../unasked" }
            [project.optional-dependencies]
            nice = ["plots"]
            other = ["unasked"]
            [dependency-groups]
            dev = ["tests-only"]
            """,
        )
        .location("sales", uses={"shared[nice]": '{ path = "../shared" }'})
    )
    found = read_workspace(tmp_path)
    assert [(use.module, use.through, use.project) for use in found.uses] == [
        ("base", "shared", tmp_path / "shared"),
        ("plots", "shared", tmp_path / "shared"),
        ("shared", None, tmp_path / "sales"),
    ]
    assert [module.name for module in found.modules] == ["base", "plots", "shared"]


def test_what_is_used_directly_is_not_repeated_as_used_through_another(tmp_path: Path) -> None:
    path = '{ path = "../%s" }'
    workspace(tmp_path).module("base").module("shared", uses={"base": path % "base"}).location(
        "sales", uses={"shared": path % "shared", "base": path % "base"}
    )
    assert uses(tmp_path) == [("sales", "base", "path", None), ("sales", "shared", "path", None)]


def test_two_modules_that_need_each_other_end_the_search(tmp_path: Path) -> None:
    path = '{ path = "../%s" }'
    workspace(tmp_path).module("one", uses={"two": path % "two"}).module("two", uses={"one": path % "one"}).location(
        "sales", uses={"one": path % "one"}
    )
    assert uses(tmp_path) == [("sales", "one", "path", None), ("sales", "two", "path", "one")]


def test_a_module_that_depends_on_its_consumer_is_a_finding(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared", uses={"sales": '{ path = "../sales" }'}).location(
        "sales", uses={"shared": '{ path = "../shared" }'}
    )
    found = read_workspace(tmp_path)
    assert uses(tmp_path) == [("sales", "shared", "path", None)]
    (finding,) = found.findings
    assert (finding.rule, finding.subject) == ("SRC091", "shared")
    assert (finding.file, finding.line) == (tmp_path / "shared/pyproject.toml", 6)


def test_a_location_that_another_one_depends_on_is_a_module(tmp_path: Path) -> None:
    workspace(tmp_path).location("core").location("sales", uses={"core": '{ path = "../core" }'})
    found = read_workspace(tmp_path)
    assert [module.name for module in found.modules] == ["core"]
    assert uses(tmp_path) == [("sales", "core", "path", None)]


def test_third_party_packages_are_no_modules(tmp_path: Path) -> None:
    variants = '[{ index = "cpu", marker = "a" }, { index = "gpu", marker = "b" }]'
    workspace(tmp_path).location(
        "sales", uses={"dagster": "", "torch": variants, "driver": '{ path = "wheels/driver-1-py3-none-any.whl" }'}
    )
    assert uses(tmp_path) == []


def test_an_index_of_hardware_builds_holds_no_modules(tmp_path: Path) -> None:
    workspace(tmp_path).location("sales", uses={"torch": '{ index = "pytorch-cpu" }'})
    assert uses(tmp_path) == []


def test_a_directory_that_only_bears_the_modules_name_is_not_the_module(tmp_path: Path) -> None:
    root = tmp_path / "shared"
    drawing = workspace(root).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    drawing.module("shared", at="packages/shared").location("sales", uses={"shared": '{ path = "../packages/shared" }'})
    (module,) = read_workspace(root).modules
    assert module.project is not None
    assert module.project.directory == root / "packages/shared"


def test_a_module_that_computes_its_name_goes_by_its_directory(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file("shared-dir/setup.py", "from setuptools import setup\nsetup(name=name())\n")
    drawing.file("x/requirements.txt", "../shared-dir\n")
    drawing.file("x/workspace.yaml", "load_from:\n  - python_file: code.py\n")
    (module,) = read_workspace(tmp_path).modules
    assert module.name == "shared-dir"
    assert module.project is not None


def test_names_that_only_commons_toml_knows(tmp_path: Path) -> None:
    workspace(tmp_path).file("commons.toml", 'modules = ["shared", "unused"]').location("sales", uses={"shared>=1": ""})
    found = read_workspace(tmp_path)
    assert uses(tmp_path) == [("sales", "shared", "index", None)]
    assert [(module.name, module.project) for module in found.modules] == [("shared", None), ("unused", None)]


def test_a_member_takes_over_the_sources_of_its_uv_workspace_root(tmp_path: Path) -> None:
    drawing = (
        workspace(tmp_path).module("shared", at="libs/shared").location("sales", at="apps/sales", uses={"shared": ""})
    )
    drawing.file(
        "pyproject.toml",
        """
        [tool.uv.workspace]
        members = ["apps/*"]
        [tool.uv.sources]
        shared = { path = "libs/shared", editable = true }
        """,
    )
    use = only_use(tmp_path)
    assert use.source == PathSource(path=tmp_path / "libs/shared", written="libs/shared", editable=True)


def test_a_member_that_is_not_there_is_missing(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["apps/*"]\n')
    drawing.location("sales", at="apps/sales", uses={"shared": "{ workspace = true }"})
    use = only_use(tmp_path)
    assert isinstance(use.source, MemberSource)
    assert use.state == ("missing",)


def test_a_path_that_leads_outside_the_root_is_followed(tmp_path: Path) -> None:
    workspace(tmp_path).module("base").module("shared", uses={"base": '{ path = "../base" }'}).location(
        "sales", at="here/sales", uses={"shared": '{ path = "../../shared" }'}
    )
    found = read_workspace(tmp_path / "here")
    assert [(use.module, use.through) for use in found.uses] == [("base", "shared"), ("shared", None)]


def test_a_directory_that_is_not_there_is_missing(tmp_path: Path) -> None:
    workspace(tmp_path).location("sales", uses={"shared": '{ path = "../shared" }'})
    assert only_use(tmp_path).state == ("missing",)


@pytest.mark.parametrize(
    ("written", "installed_from", "editable", "state"),
    [
        ('{ path = "../shared", editable = true }', "shared", True, "ok"),
        ('{ path = "../shared", editable = true }', "elsewhere", True, "linked"),
        ('{ path = "../shared" }', "shared", False, "ok"),
        ("", "elsewhere", True, "linked"),
        ("", "elsewhere", False, "ok"),
        (f'{{ git = "{URL}" }}', "elsewhere", True, "linked"),
    ],
)
def test_a_link_is_an_editable_install_from_another_directory(
    tmp_path: Path, *, written: str, installed_from: str, editable: bool, state: str
) -> None:
    drawing = workspace(tmp_path).module("shared").module("elsewhere").location("sales", uses={"shared": written})
    _install(drawing, "sales", "shared", tmp_path / installed_from, editable=editable)
    assert only_use(tmp_path).state == (state,)


def test_versions_in_use_come_from_the_lock(tmp_path: Path) -> None:
    workspace(tmp_path).file("commons.toml", 'modules = ["shared", "base"]').location(
        "finance", uses={"shared==0.1.3": ""}
    ).file(
        "finance/uv.lock",
        """
        version = 1
        revision = 3
        requires-python = ">=3.10"

        [[package]]
        name = "base"
        version = "2.0"
        source = { registry = "../registry" }

        [[package]]
        name = "finance"
        version = "0.1.0"
        source = { editable = "." }
        dependencies = [
            { name = "shared" },
        ]

        [package.metadata]
        requires-dist = [{ name = "shared", specifier = "==0.1.3" }]

        [[package]]
        name = "shared"
        version = "0.1.3"
        source = { registry = "../registry" }
        dependencies = [
            { name = "base" },
        ]
        """,
    )
    found = read_workspace(tmp_path)
    assert [(use.module, use.through, use.locked, source_kind(use.source)) for use in found.uses] == [
        ("base", "shared", "2.0", "index"),
        ("shared", None, "0.1.3", "index"),
    ]
    assert {use.lock.kind for use in found.uses} == {"current"}


def test_the_module_itself_is_preferred_to_a_far_copy(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared", at="packages/shared", version="2.0").module(
        "shared", at="old/copies/of/shared", version="1.0"
    ).location("sales", uses={"shared": '{ path = "../packages/shared" }'})
    (module,) = read_workspace(tmp_path).modules
    assert module.version == "2.0"


@pytest.mark.parametrize(
    ("tables", "file", "text"),
    [
        ('[tool.hatch.version]\npath = "src/shared/__init__.py"', "src/shared/__init__.py", '__version__ = "3.1"'),
        ('[tool.hatch.version]\npath = "about.py"', "about.py", "__version__: str = '3.1'"),
        (
            '[tool.hatch.version]\npath = "about.py"\npattern = "release is (?P<version>[0-9.]+)"',
            "about.py",
            "version = '9.9'\n# release is 3.1",
        ),
        ('[tool.pdm.version]\nsource = "file"\npath = "about.py"', "about.py", "__version__ = '3.1'"),
        (
            '[tool.setuptools.dynamic]\nversion = { attr = "shared.VERSION" }',
            "src/shared/__init__.py",
            'VERSION = "3.1"',
        ),
        ('[tool.setuptools.dynamic]\nversion = { file = "VERSION" }', "VERSION", "3.1"),
        ('[tool.setuptools.dynamic]\nversion = { file = ["VERSION"] }', "VERSION", "3.1"),
    ],
)
def test_a_dynamic_version_is_read_where_it_is_written(tmp_path: Path, tables: str, file: str, text: str) -> None:
    head = '[project]\nname = "shared"\ndynamic = ["version"]\n'
    workspace(tmp_path).file("shared/pyproject.toml", f"{head}{tables}\n").file(f"shared/{file}", f"{text}\n").location(
        "sales", uses={"shared": '{ path = "../shared" }'}
    )
    found = read_workspace(tmp_path)
    (module,) = found.modules
    assert module.version == "3.1"
    assert module.project is not None
    assert (module.project.version, module.project.is_version_dynamic) == ("3.1", True)


def test_the_newest_of_a_git_source_is_what_the_modules_own_tree_has(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared", version="0.2.0").location(
        "sales", uses={"shared": f'{{ git = "{URL}", tag = "v0.1.3" }}'}
    )
    assert only_use(tmp_path).available == "0.2.0"


def test_the_newest_of_a_git_source_is_no_version_that_is_yanked(tmp_path: Path) -> None:
    workspace(tmp_path / "root").module("shared", version="0.3.0").location(
        "sales", uses={"shared": f'{{ git = "{URL}", tag = "v0.1.3" }}'}
    )
    for version in ("0.2.0", "0.3.0"):
        release(tmp_path / "root", "shared", version)
    assert only_use(tmp_path / "root").available == "0.3.0"

    page = tmp_path / "root/registry/shared/index.html"
    files = parse_page(page.read_text(), file=page)
    yanked = tuple(replace(each, yanked="wrong") if "0.3.0" in each.name else each for each in files)
    page.write_text(render_page("shared", yanked))
    assert only_use(tmp_path / "root").available == "0.2.0"


def _install(drawing: Drawing, location: str, name: str, directory: Path, *, editable: bool) -> None:
    site = f"{location}/.venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    told = f'{{"url": "{directory.as_uri()}", "dir_info": {{"editable": {str(editable).lower()}}}}}'
    drawing.file(f"{site}/{name}-0.1.0.dist-info/direct_url.json", told)
    os.makedirs(drawing.root / site / "other-1.0.dist-info")  # noqa: PTH103 - the path is a text here
