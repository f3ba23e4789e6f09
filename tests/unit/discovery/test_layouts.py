"""One drawn workspace per layout that public repositories have; nothing is configured in any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import draw, workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.model.sources import GitSource, IndexSource, PathSource, source_kind

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import CodeLocation, Workspace

LIBRARY = """
    [project]
    name = "ol-lib"
    version = "0.1.0"
    dependencies = ["httpx"]
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"
"""


def one(found: Workspace, name: str) -> CodeLocation:
    location = found.location(name)
    assert location is not None, f"{name} not among {[each.name for each in found.locations]}"
    return location


def test_editable_library_with_grpc_workspace_yaml_and_a_uv_workspace_that_excludes_the_locations(
    tmp_path: Path,
) -> None:
    project = """
        [project]
        name = "{name}"
        version = "0.1.0"
        dependencies = ["dagster>=1.11", "ol-lib"]
        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"
        [tool.dagster]
        module_name = "{name}.definitions"
        project_name = "{name}"
        [tool.dg]
        directory_type = "project"
        [tool.dg.project]
        root_module = "{name}"
        [tool.uv.sources]
        ol-lib = {{ path = "../../packages/ol-lib", editable = true }}
    """
    root = draw(
        tmp_path,
        {
            "pyproject.toml": """
                [tool.uv.workspace]
                members = ["packages/*", "dg_projects/*"]
                exclude = ["dg_projects/*"]
            """,
            "packages/ol-lib/pyproject.toml": LIBRARY,
            "packages/ol-lib/src/ol_lib/__init__.py": "",
            "dg_projects/canvas/pyproject.toml": project.format(name="canvas"),
            "dg_projects/edxorg/pyproject.toml": project.format(name="edxorg"),
            "workspace.yaml": """
                load_from:
                  - grpc_server:
                      location_name: canvas
                      host: canvas
                      port: 4000
                  - grpc_server:
                      location_name: only_served
                      host: elsewhere
                      port: 4001
            """,
        },
    )
    found = read_workspace(root)

    assert [each.name for each in found.locations] == ["canvas", "edxorg", "only_served"]
    canvas = one(found, "canvas")
    assert (canvas.project, canvas.module, canvas.not_loadable) == ("canvas", "canvas.definitions", None)
    assert canvas.path == root / "dg_projects/canvas"
    served = one(found, "only_served")
    assert served.target.kind == "grpc"
    assert "elsewhere:4001" in (served.not_loadable or "")
    library = root / "packages/ol-lib"
    assert [(use.location, use.module, use.source) for use in found.uses] == [
        (name, "ol-lib", PathSource(path=library, written="../../packages/ol-lib", editable=True))
        for name in ("canvas", "edxorg")
    ]
    project_at = {each.directory: each for each in found.projects}
    assert project_at[root / "dg_projects/canvas"].uv_root == root / "dg_projects/canvas"
    assert project_at[library].uv_root == root
    assert found.findings == ()


def test_dg_workspace_with_build_directory_below_the_project_and_other_names_in_the_cloud(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file(
        "dg.toml",
        """
        directory_type = "workspace"
        [workspace]
        [[workspace.projects]]
        path = "hooli-basics"
        [[workspace.projects]]
        path = "hooli-bi"
        """,
    )
    for name in ("hooli-basics", "hooli-bi", "hooli-unlisted"):
        drawing.location(name)
    drawing.file(
        "dagster_cloud.yaml",
        """
        locations:
          - location_name: basics
            code_source:
              python_file: hooli_basics/definitions.py
            build:
              directory: ./hooli-basics/src
              registry: registry.example.com/hooli
          - location_name: bi
            code_source:
              package_name: hooli_bi
            build:
              directory: ./hooli-bi
            agent_queue: special
        """,
    )
    found = read_workspace(tmp_path)

    assert [each.name for each in found.locations] == ["basics", "bi", "hooli-unlisted"]
    basics = one(found, "basics")
    assert (basics.project, basics.path) == ("hooli-basics", tmp_path / "hooli-basics")
    assert basics.build_directory == tmp_path / "hooli-basics/src"
    assert basics.module == "hooli_basics.definitions"
    assert (basics.declared_in, basics.line) == (tmp_path / "dagster_cloud.yaml", 2)
    assert one(found, "hooli-unlisted").build_directory == tmp_path / "hooli-unlisted"
    assert found.findings == ()


def test_setup_py_and_requirements_txt_with_a_shared_directory(tmp_path: Path) -> None:
    setup = """
        from setuptools import find_packages, setup

        setup(
            name="{name}",
            packages=find_packages(exclude=["{name}_tests"]),
            install_requires=["dagster", "dagster-cloud"],
            extras_require={{"dev": ["dagster-webserver"]}},
        )
    """
    tools_only = '[build-system]\nrequires = ["setuptools"]\n\n[tool.dagster]\nmodule_name = "{name}"\n'
    files = {
        "dagster_cloud.yaml": """
            locations:
              - location_name: location1
                build:
                  directory: location1-dir
                code_source:
                  package_name: location1
              - location_name: location2
                build:
                  directory: location2-dir
                code_source:
                  package_name: location2
        """,
        "workspace.yaml": """
            load_from:
              - python_package:
                  package_name: location1
                  location_name: location1
              - python_package:
                  package_name: location2
                  location_name: location2
        """,
        "shared-dir/setup.py": setup.format(name="shared"),
        "shared-dir/shared/__init__.py": "",
        "location2-dir/requirements.txt": "../shared-dir",
    }
    for name in ("location1", "location2"):
        files |= {
            f"{name}-dir/setup.py": setup.format(name=name),
            f"{name}-dir/setup.cfg": f"[metadata]\nname = {name}\n",
            f"{name}-dir/pyproject.toml": tools_only.format(name=name),
            f"{name}-dir/{name}/__init__.py": "",
        }
    found = read_workspace(draw(tmp_path, files))

    assert [(each.name, each.path.name, each.project) for each in found.locations] == [
        ("location1", "location1-dir", "location1"),
        ("location2", "location2-dir", "location2"),
    ]
    (use,) = found.uses
    assert (use.location, use.module, source_kind(use.source), use.line) == ("location2", "shared", "path", 1)
    assert use.lock.kind == "unknown"
    (module,) = found.modules
    assert module.project is not None
    assert (module.project.manager, module.project.import_packages) == ("setup.py", ("shared",))
    assert found.findings == ()


def test_interpreter_per_location_in_one_root_distribution(tmp_path: Path) -> None:
    names = ("harbor", "summit", "beacon")
    entries = "".join(
        f"  - python_module:\n      module_name: {name}\n      location_name: {name}\n"
        f"      executable_path: ./.code_locations/{name}/.venv/bin/python\n"
        for name in names
    )
    files = {f"{name}/__init__.py": "" for name in (*names, "shared", "tests")}
    root_project = """
        [project]
        name = "multi-tenant"
        version = "0.1.0"
        dependencies = ["dagster"]
        [build-system]
        requires = ["setuptools"]
        [tool.dg]
        directory_type = "workspace"
        [tool.dg.workspace]
    """
    root = draw(tmp_path, {**files, "pyproject.toml": root_project, "workspace.yaml": f"load_from:\n{entries}"})
    found = read_workspace(root)

    assert [(each.name, each.project, each.path) for each in found.locations] == [
        (name, "multi-tenant", root) for name in sorted(names)
    ]
    assert one(found, "harbor").target.executable == root / ".code_locations/harbor/.venv/bin/python"
    (project,) = found.projects
    assert project.import_packages == ("beacon", "harbor", "shared", "summit")
    assert found.findings == ()


def test_nested_locations_of_one_distribution_with_hyphenated_cloud_files(tmp_path: Path) -> None:
    drawing = (
        workspace(tmp_path)
        .module("core")
        .file(
            "pyproject.toml",
            """
        [project]
        name = "teamster"
        version = "1.0"
        dependencies = ["core", "dagster"]
        [build-system]
        requires = ["hatchling"]
        [tool.uv.sources]
        core = { path = "core" }
        """,
        )
    )
    drawing.file("src/teamster/__init__.py", "")
    for name in ("kippcamden", "kippmiami"):
        place = f"src/teamster/code_locations/{name}"
        drawing.file(f"{place}/definitions.py", "")
        drawing.file(
            f"{place}/dagster-cloud.yaml",
            f"""
            locations:
              - location_name: {name}
                code_source:
                  module_name: teamster.code_locations.{name}.definitions
            """,
        )
    found = read_workspace(tmp_path)

    assert [(each.name, each.project, each.path, each.build_directory) for each in found.locations] == [
        (name, "teamster", tmp_path, tmp_path) for name in ("kippcamden", "kippmiami")
    ]
    assert [(use.location, use.module) for use in found.uses] == [("kippcamden", "core"), ("kippmiami", "core")]


def test_path_dependency_that_is_not_editable(tmp_path: Path) -> None:
    workspace(tmp_path).module("utils", at="libs/utils").location(
        "foundation", at="packages/foundation", uses={"utils": '{ path = "../../libs/utils" }'}
    )
    (use,) = read_workspace(tmp_path).uses
    assert use.source == PathSource(path=tmp_path / "libs/utils", written="../../libs/utils", editable=False)


def test_git_pin_on_a_library_of_another_repository(tmp_path: Path) -> None:
    workspace(tmp_path).module("cfa-dagster", at="library", version="1.4.3").location(
        "forecasting", uses={"cfa-dagster": '{ git = "https://git.example.com/cfa-dagster", rev = "v1.4.0" }'}
    )
    found = read_workspace(tmp_path)
    (use,) = found.uses
    assert use.source == GitSource(url="https://git.example.com/cfa-dagster", reference_kind="rev", reference="v1.4.0")
    assert [(module.name, module.version) for module in found.modules] == [("cfa-dagster", "1.4.3")]


def test_uv_workspace_of_members(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["apps/*", "libs/**"]\n')
    drawing.module("shared", at="libs/deep/shared-folder")
    drawing.location("sales", at="apps/sales", uses={"shared": "{ workspace = true }"})
    found = read_workspace(tmp_path)

    (use,) = found.uses
    assert (source_kind(use.source), use.state) == ("member", ("ok",))
    assert getattr(use.source, "path", None) == tmp_path / "libs/deep/shared-folder"
    assert {each.uv_root for each in found.projects} == {tmp_path}


def test_poetry_and_pip_projects(tmp_path: Path) -> None:
    root = draw(
        tmp_path,
        {
            "poetic/pyproject.toml": """
                [tool.poetry]
                name = "poetic"
                version = "0.1.0"
                packages = [{ include = "poetic", from = "src" }]
                [tool.poetry.dependencies]
                python = "^3.11"
                dagster = "^1.11"
                shared = { path = "../shared", develop = true }
                tools = { git = "https://git.example.com/tools.git", tag = "v2" }
                [tool.poetry.group.dev.dependencies]
                pytest = "*"
                [tool.dagster]
                module_name = "poetic.definitions"
                code_location_name = "verse"
            """,
            "poetic/src/poetic/definitions.py": "",
            "pipped/requirements.txt": "dagster\n-r more/base.txt\n",
            "pipped/more/base.txt": "-e ../../shared  # editable\n",
            "pipped/code.py": "",
            "pipped/workspace.yaml": "load_from:\n  - python_file: code.py\n",
            "shared/pyproject.toml": LIBRARY.replace("ol-lib", "shared"),
        },
    )
    found = read_workspace(root)

    assert [(each.name, each.project, each.target.kind) for each in found.locations] == [
        ("code.py", "pipped", "file"),
        ("verse", "poetic", "module"),
    ]
    assert [(use.location, use.module, source_kind(use.source), use.requirement) for use in found.uses] == [
        ("code.py", "shared", "path", "shared"),
        ("verse", "shared", "path", "shared"),
        ("verse", "tools", "git", "tools"),
    ]
    managers = {each.name: each.manager for each in found.projects}
    assert managers == {"poetic": "poetry", "pipped": "requirements.txt", "shared": "uv"}
    editable = {use.location: use.source for use in found.uses if use.module == "shared"}
    assert all(isinstance(source, PathSource) and source.editable for source in editable.values())
    dagster = next(each for project in found.projects if project.name == "poetic" for each in project.dependencies)
    assert dagster.requirement == "dagster>=1.11,<2"
    assert found.findings == ()


def test_index_pin_with_a_named_index(tmp_path: Path) -> None:
    workspace(tmp_path).location(
        "finance",
        uses={"shared==0.1.3": '{ index = "corp" }', "dagster": ""},
        more="""
        [[tool.uv.index]]
        name = "corp"
        url = "https://packages.example.com/simple/"
        explicit = true
        """,
    )
    found = read_workspace(tmp_path)
    (use,) = found.uses
    assert (use.module, use.source, use.requirement) == ("shared", IndexSource(index="corp"), "shared==0.1.3")
    assert [(module.name, module.project) for module in found.modules] == [("shared", None)]


def test_a_distribution_with_several_modules_in_tool_dagster(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").file(
        "all/pyproject.toml",
        """
        [project]
        name = "all"
        version = "1"
        dependencies = ["shared"]
        [tool.uv.sources]
        shared = { path = "../shared" }
        [tool.dagster]
        code_location_name = "everything"
        modules = [{ type = "module", name = "all.first" }, { type = "module", name = "all.second" }]
        """,
    )
    found = read_workspace(tmp_path)
    assert [(each.name, each.module) for each in found.locations] == [
        ("all.first", "all.first"),
        ("all.second", "all.second"),
    ]
    assert [use.location for use in found.uses] == ["all.first", "all.second"]


def test_nothing_is_an_empty_workspace(tmp_path: Path) -> None:
    found = read_workspace(tmp_path)
    assert (found.locations, found.modules, found.uses, found.projects, found.findings) == ((), (), (), (), ())
