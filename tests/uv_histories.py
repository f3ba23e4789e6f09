"""Small uv workspaces, and the edits that a history of one is made of."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tomlkit

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

BACKEND = """
import pathlib, tomllib

def _metadata(directory):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    dynamic = project.get("dynamic", [])
    lines = ["Metadata-Version: 2.3", f"Name: {project['name']}", f"Version: {project.get('version', '7.0')}"]
    if "requires-python" in project:
        lines.append(f"Requires-Python: {project['requires-python']}")
    requires = project.get("dependencies", [])
    if "dependencies" in dynamic:
        requires = pathlib.Path("requirements.txt").read_text().split()
    lines += [f"Requires-Dist: {each}" for each in requires]
    for extra, names in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        for each in names:
            name, _, marker = each.partition(";")
            lines.append(f"Requires-Dist: {name}; " + (f"({marker}) and " if marker else "") + f"extra == '{extra}'")
    place = pathlib.Path(directory, f"{project['name']}-0.dist-info")
    place.mkdir()
    (place / "METADATA").write_text("\\n".join(lines) + "\\n")
    (place / "WHEEL").write_text("Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return place.name

def prepare_metadata_for_build_wheel(directory, settings=None):
    return _metadata(directory)

def prepare_metadata_for_build_editable(directory, settings=None):
    return _metadata(directory)
"""


@dataclass
class Tree:
    """Projects by directory name below the workspace's parent, as pyproject.toml values, and files beside them."""

    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    trailers: dict[str, str] = field(default_factory=dict)  # comments and blank lines after the values

    def write(self, base: Path) -> None:
        for name, values in self.projects.items():
            directory = base / name
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "pyproject.toml").write_text(tomlkit.dumps(values) + self.trailers.get(name, ""))
            (directory / "backend.py").write_text(BACKEND)
        for name, text in self.files.items():
            (base / name).write_text(text)


def starts() -> dict[str, Tree]:
    """The workspaces that histories begin with; `app` is always the uv workspace's root."""
    build = {"requires": [], "build-backend": "backend", "backend-path": ["."]}
    indexes = [{"name": "main", "url": "../../main", "default": True}]
    module = {
        "project": {"name": "mod", "version": "0.1.0", "requires-python": ">=3.9", "dependencies": ["alpha>=1"]},
        "build-system": build,
    }
    deep = {
        "project": {"name": "deep", "dynamic": ["version"], "requires-python": ">=3.9", "dependencies": ["beta"]},
        "build-system": build,
    }
    app = {
        "project": {
            "name": "app",
            "version": "0.1.0",
            "requires-python": ">=3.10",
            "dependencies": ["mod", "beta>=1.0,<3 ; python_version >= '3.11'"],
            "optional-dependencies": {"more": ["gamma; sys_platform != 'win32'"]},
        },
        "dependency-groups": {"dev": ["gamma>=1"], "all": [{"include-group": "dev"}, "delta"]},
        "tool": {"uv": {"index": indexes, "sources": {"mod": {"path": "../mod", "editable": True}}}},
    }
    member = {
        "project": {"name": "one", "version": "1", "requires-python": ">=3.10", "dependencies": ["two", "alpha"]},
        "tool": {"uv": {"sources": {"two": {"workspace": True}}}},
        "build-system": build,
    }
    other = {
        "project": {"name": "two", "dynamic": ["version"], "requires-python": ">=3.10", "dependencies": ["beta[more]"]},
        "build-system": build,
    }
    bare = {
        "tool": {"uv": {"index": indexes, "workspace": {"members": ["libs/*"], "exclude": ["libs/out"]}}},
        "dependency-groups": {"dev": ["delta"]},
    }
    with_deep = copy.deepcopy(module)
    with_deep["project"]["dependencies"] += ["deep"]
    with_deep["tool"] = {"uv": {"sources": {"deep": {"path": "../deep"}}}}
    in_workspace = copy.deepcopy(app)
    in_workspace["tool"]["uv"]["workspace"] = {"members": ["./libs/*"]}
    return {
        "one project": Tree({"app": app, "mod": module}),
        "module of a module": Tree({"app": app, "mod": with_deep, "deep": deep}),
        "bare root": Tree({"app": bare, "app/libs/one": member, "app/libs/two": other}),
        "root and members": Tree({"app": in_workspace, "mod": module, "app/libs/one": member, "app/libs/two": other}),
    }


def _projects(tree: Tree) -> list[str]:
    return [name for name, values in tree.projects.items() if "project" in values]


def _some_project(tree: Tree, chance: random.Random) -> dict[str, Any]:
    return tree.projects[chance.choice(_projects(tree))]


def _settings(tree: Tree) -> dict[str, Any]:
    return tree.projects["app"].setdefault("tool", {}).setdefault("uv", {})


def bump(tree: Tree, chance: random.Random) -> None:
    project = _some_project(tree, chance)["project"]
    if "version" in project:
        project["version"] = f"{project['version']}.{chance.randint(0, 1)}"


def make_version_dynamic(tree: Tree, chance: random.Random) -> None:
    project = tree.projects[chance.choice([name for name in _projects(tree) if name != "app"])]["project"]
    if project.pop("version", None) is None:
        project["version"] = "3.0"
        project.pop("dynamic")
    else:
        project["dynamic"] = ["version"]


def add_requirement(tree: Tree, chance: random.Random) -> None:
    _some_project(tree, chance)["project"]["dependencies"].append(chance.choice(["gamma", "delta>=1.5", "Alpha"]))


def remove_requirement(tree: Tree, chance: random.Random) -> None:
    requirements = _some_project(tree, chance)["project"]["dependencies"]
    if requirements:
        requirements.remove(chance.choice(requirements))


def respell_requirement(tree: Tree, chance: random.Random) -> None:
    """The same by meaning, mostly."""
    project = _some_project(tree, chance)["project"]
    texts = {
        "alpha>=1": "Alpha >= 1.0",
        "beta": "beta ; python_version >= '3.5'",
        "beta>=1.0,<3 ; python_version >= '3.11'": 'beta <3, >=1 ; python_full_version >= "3.11" ',
        "mod": "mod; python_version < '4' or python_version >= '4'",
        "alpha": "alpha; '3.8' <= python_version and (sys_platform == 'win32' or platform_system != 'Windows')",
        "two": "two ; python_version > '3.8'",
    }
    project["dependencies"] = [texts.get(each, each) for each in project["dependencies"]]


def change_marker(tree: Tree, chance: random.Random) -> None:
    requirements = _some_project(tree, chance)["project"]["dependencies"]
    if requirements:
        place = chance.randrange(len(requirements))
        marker = chance.choice(
            [
                "python_version < '3.12'",
                "python_version in '3.11 3.12'",
                "sys_platform == 'linux' and platform_machine != 'arm64'",
                "implementation_name == 'cpython' or python_full_version >= '3.11.4'",
                "platform_system == 'Linux'",
                "python_version >= '3.10'",
                "python_version ~= '3.10'",
                "python_full_version != '3.11.*' and 'linux' in sys_platform",
                "os_name == 'nt'",
            ]
        )
        requirements[place] = f"{requirements[place].partition(';')[0].strip()} ; {marker}"


def change_extra(tree: Tree, chance: random.Random) -> None:
    project = _some_project(tree, chance)["project"]
    extras = project.setdefault("optional-dependencies", {})
    kind = chance.randrange(4)
    if kind == 0:
        extras[chance.choice(["more", "Extra_One"])] = ["delta ; python_version < '3.13' or sys_platform == 'linux'"]
    elif kind == 1:
        extras["empty"] = []
    elif kind == 2:
        extras.pop(chance.choice([*extras, ""]), None)
    else:
        project["dependencies"] = [each.replace("alpha", "alpha[more]") for each in project["dependencies"]]


def change_group(tree: Tree, chance: random.Random) -> None:
    project = tree.projects[chance.choice([*tree.projects])]
    groups = project.setdefault("dependency-groups", {})
    kind = chance.randrange(5)
    if kind == 0:
        groups["Lint_Me"] = []
    elif kind == 1:
        groups["test"] = ["delta>1", *([{"include-group": "dev"}] if "dev" in groups else [])]
    elif kind == 2:
        groups.pop(chance.choice(["all", "test", "Lint_Me"]), None)
    elif kind == 3:
        groups["dev"] = [*groups.get("dev", []), "alpha"]
    elif "dev" in groups:
        limits = project.setdefault("tool", {}).setdefault("uv", {}).setdefault("dependency-groups", {})
        limits["dev"] = {"requires-python": chance.choice([">=3.11", ">=3.12,<3.14"])}


def change_path_source(tree: Tree, chance: random.Random) -> None:
    sources = _settings(tree).get("sources", {})
    if "mod" in sources:
        sources["mod"] = chance.choice(
            [
                {"path": "../mod", "editable": True},
                {"path": "./../mod/", "editable": True},
                {"path": "../mod"},
                {"path": "../mod", "package": False},
                [{"path": "../mod", "editable": True, "marker": "sys_platform != 'emscripten'"}],
            ]
        )


def take_from_index(tree: Tree, chance: random.Random) -> None:
    settings = _settings(tree)
    if "sources" in settings:
        settings["sources"]["beta"] = chance.choice([{"index": "main"}, {"index": "main", "marker": "os_name != 'x'"}])


def limit_source(tree: Tree, chance: random.Random) -> None:
    if "sources" in _settings(tree) and "more" in tree.projects["app"]["project"].get("optional-dependencies", {}):
        requirements = tree.projects["app"]["project"]["optional-dependencies"]["more"]
        if any(each.startswith("gamma") for each in requirements):
            _settings(tree)["sources"]["gamma"] = [{"index": "main", "extra": "more"}]


def drop_source(tree: Tree, chance: random.Random) -> None:
    _settings(tree).get("sources", {}).pop(chance.choice(["beta", "gamma"]), None)


def add_index(tree: Tree, chance: random.Random) -> None:
    indexes = _settings(tree)["index"]
    indexes.insert(chance.choice([0, len(indexes)]), {"url": chance.choice(["../../empty", "./../../empty/"])})


def replace_index(tree: Tree, chance: random.Random) -> None:
    _settings(tree)["index"] = [
        {"name": "main", "url": chance.choice(["../../twin", "../../main/", "../../main"]), "default": True}
    ]


def change_python(tree: Tree, chance: random.Random) -> None:
    project = _some_project(tree, chance)["project"]
    project["requires-python"] = chance.choice(
        [">=3.10", ">=3.10.0", ">=3.11", "~=3.10", ">=3.10,<3.14", "<4,>=3.10", ">= 3.9"]
    )


def change_setting(tree: Tree, chance: random.Random) -> None:
    settings = _settings(tree)
    key, values = chance.choice(
        [
            ("constraint-dependencies", [["beta<2"], ["beta <2.0"], ["beta<2", "unused==1"], []]),
            ("override-dependencies", [["gamma==1.5"], ["gamma==1.5 ; sys_platform == 'linux'"], []]),
            ("build-constraint-dependencies", [["delta<2"], []]),
            ("exclude-dependencies", [["Delta"], []]),
            ("resolution", ["highest", "lowest-direct"]),
            ("prerelease", ["allow", "if-necessary-or-explicit"]),
            ("fork-strategy", ["fewest", "requires-python"]),
            ("exclude-newer", ["2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z", "2099-01-02"]),
            (
                "environments",
                [["sys_platform == 'linux'"], ["platform_system == 'Linux'", "sys_platform == 'darwin'"], []],
            ),
            ("required-environments", [["sys_platform == 'linux'"], []]),
            ("dependency-metadata", [[{"name": "gamma", "version": "9", "requires-dist": ["alpha >=1"]}], []]),
            ("default-groups", [["dev"], "all"]),
            ("package", [False, True]),
        ]
    )
    if key not in ("package", "default-groups") or "project" in tree.projects["app"]:
        settings[key] = chance.choice(values)


def change_conflicts(tree: Tree, chance: random.Random) -> None:
    project = tree.projects["app"]
    extras = project.get("project", {}).get("optional-dependencies", {})
    if {"dev", "all"} <= {*project.get("dependency-groups", {})} and "more" in extras:
        conflict = [{"extra": "more"}, {"group": chance.choice(["all", "dev"])}]
        _settings(tree)["conflicts"] = chance.choice([[conflict], []])


def change_member(tree: Tree, chance: random.Random) -> None:
    if "workspace" not in _settings(tree):
        return
    values = {"project": {"name": "three", "version": "1", "requires-python": ">=3.10", "dependencies": []}}
    if chance.random() < 0.5:
        tree.projects["app/libs/out"] = values
    else:
        tree.projects.setdefault("app/libs/three", values)


def toggle_build_system(tree: Tree, chance: random.Random) -> None:
    project = tree.projects["app"]
    if "project" in project and project.pop("build-system", None) is None:
        project["build-system"] = {"requires": [], "build-backend": "backend", "backend-path": ["."]}


def comment(tree: Tree, chance: random.Random) -> None:
    name = chance.choice([*tree.projects])
    tree.trailers[name] = tree.trailers.get(name, "") + "\n# a remark\n\n"


def rename_module(tree: Tree, chance: random.Random) -> None:
    project = tree.projects["app"].get("project")
    if project is not None and "mod" in tree.projects and project["name"] == "app":
        project["name"] = "app-two"


def compute_dependencies(tree: Tree) -> None:
    project = tree.projects["mod"]["project"]
    project["dynamic"] = ["dependencies"]
    tree.files["mod/requirements.txt"] = "\n".join(project.pop("dependencies")) + "\n"


EDITS: tuple[Callable[[Tree, random.Random], None], ...] = (
    bump,
    make_version_dynamic,
    add_requirement,
    remove_requirement,
    respell_requirement,
    respell_requirement,
    change_marker,
    change_marker,
    change_extra,
    change_extra,
    change_group,
    change_group,
    change_path_source,
    take_from_index,
    limit_source,
    drop_source,
    add_index,
    replace_index,
    change_python,
    change_setting,
    change_setting,
    change_setting,
    change_conflicts,
    change_member,
    toggle_build_system,
    comment,
    rename_module,
)
