"""A repository with a code location for each way in which code is laid out, packaged and found."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from builders import draw, make_repository, project_text, workspace
from compared_fleet import FACTORY
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION
from knobs import FIXTURES
from released import release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from builders import Drawing

DAGSTER = f"dagster=={DAGSTER_VERSION}"
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n'
UV_BUILD = '[build-system]\nrequires = ["uv_build>=0.9,<1"]\nbuild-backend = "uv_build"\n\n'

USES_FACTORY = """\
import dagster as dg

from {module} import asset_factory

defs = dg.Definitions(assets=[asset_factory("asset_1", "{name}"), asset_factory("asset_2", "{name}")])
"""
COMPONENT = """\
import dagster as dg

from componental.factory import asset_factory


class Family(dg.Component, dg.Model, dg.Resolvable):
    \"\"\"Assets with a common prefix.\"\"\"

    names: list[str]

    def build_defs(self, context):
        return dg.Definitions(assets=[asset_factory(name, "family") for name in self.names])
"""
LOADS_DEFS_FOLDER = """\
from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
DEFS_YAML = "type: componental.Family\nattributes:\n  names: [one, two]\n"
READS_METADATA = """\
from importlib import metadata

import dagster as dg
from packaging.requirements import Requirement


def wanted(extra):
    # the spelling of markers is a build backend's own; what they mean is not
    parsed = [Requirement(each) for each in metadata.requires("Acme_Told") or ()]
    return [f"{each.name}{each.specifier}" for each in parsed if not each.marker or each.marker.evaluate({"extra": extra})]


METADATA = metadata.metadata("acme-told")
SAID = {
    "version": metadata.version("acme.told"),
    "name": METADATA["Name"],
    "summary": METADATA["Summary"],
    "python": METADATA["Requires-Python"],
    "extras": sorted(METADATA.get_all("Provides-Extra") or ()),
    "requires": sorted(wanted("")),
    "requires for more": sorted(wanted("more-of")),
    "own": metadata.version("metadata"),
    "entry points": sorted(f"{each.name} {each.value}" for each in metadata.entry_points(group="acme.plugins")),
    "loaded": sorted(each.load().__name__ for each in metadata.entry_points(group="acme.plugins")),
    "scripts": sorted(each.name for each in metadata.entry_points(group="console_scripts") if "told" in each.value),
}
defs = dg.Definitions(assets=[dg.AssetSpec("said", metadata=SAID)])
"""
PACKAGE_DATA = """\
import json
from importlib import resources

import dagster as dg

NAMES = json.loads((resources.files("filled") / "data" / "names.json").read_text())


def specs():
    return [dg.AssetSpec(name) for name in NAMES]
"""
TARGETS = """\
load_from:
  - python_module: {module_name: targets.definitions, attribute: one, working_directory: targets, location_name: module}
  - python_file: {relative_path: targets/src/targets/definitions.py, attribute: other, working_directory: targets, location_name: file}
  - python_package: {package_name: targets.inner, working_directory: targets, location_name: package}
  - autoload_defs_module: {module_name: targets.defs, working_directory: targets, location_name: autoload}
"""
OF_TARGETS = """\
import dagster as dg

from plain.factory import asset_factory

one = dg.Definitions(assets=[asset_factory("asset_1", "one")])
other = dg.Definitions(assets=[asset_factory("asset_1", "other")])
"""
SETUP_PY = """\
from setuptools import setup

setup(name="by-setup", version="0.1.0", packages=["by_setup"], install_requires=["dagster"])
"""
POETRY = """\
[tool.poetry]
name = "by-poetry"
version = "0.1.0"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.10"
dagster = "*"

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
EDITABLE = '{{ path = "../{}", editable = true }}'


def make_laid_out(root: Path) -> None:
    """The repository at `root`, each of its code locations locked."""
    drawing = workspace(root)
    _modules(drawing)
    _fixtures(drawing)
    _locations(drawing)
    release(root, "released", "0.1.0")
    index = '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
    _location(
        drawing,
        "by_index",
        {"released": ""},
        "import released\nimport dagster as dg\n\ndefs = dg.Definitions(assets=[dg.AssetSpec('released', code_version=released.__version__)])\n",
        more=index,
    )
    draw(root, {".gitignore": ".venv\n*.egg-info\n", "workspace.yaml": TARGETS})
    located = [each.parent for each in root.glob("*/pyproject.toml") if DAGSTER in each.read_text("utf-8")]
    with ThreadPoolExecutor() as pool:  # most of the time uv waits for the index
        for _ in pool.map(lambda each: uv(each, "lock", "--quiet"), located):
            continue
    make_repository(root)


def _modules(drawing: Drawing) -> None:
    needs = {"dagster": ""}
    drawing.module("plain", uses=needs).file("plain/src/plain/factory.py", FACTORY)
    drawing.module("outer", uses={**needs, "middle": EDITABLE.format("middle")})
    drawing.file("outer/src/outer/__init__.py", "from middle import asset_factory\n")
    drawing.module("middle", uses={**needs, "plain": EDITABLE.format("plain")})
    drawing.file("middle/src/middle/__init__.py", "from plain.factory import asset_factory\n")
    points = '[project.entry-points."dagster_dg_cli.registry_modules"]\ncomponental = "componental"\n'
    drawing.module("componental", uses=needs, more=points).file("componental/src/componental/factory.py", FACTORY)
    drawing.file("componental/src/componental/__init__.py", COMPONENT)
    drawing.module("filled", uses=needs).file("filled/src/filled/__init__.py", PACKAGE_DATA)
    drawing.file("filled/src/filled/data/names.json", '["from_data_1", "from_data_2"]\n')
    flat = project_text("flat-module", version="0.1.0", uses=needs, more='[tool.uv.build-backend]\nmodule-root = ""\n')
    drawing.file("flat_module/pyproject.toml", flat).file("flat_module/flat_module/__init__.py", FACTORY)
    single = project_text("single", version="0.1.0", uses=needs, more='[tool.setuptools]\npy-modules = ["single"]\n')
    drawing.file("single/pyproject.toml", single.replace(UV_BUILD, SETUPTOOLS)).file("single/single.py", FACTORY)
    part = project_text(
        "acme-tools", version="0.1.0", uses=needs, more='[tool.uv.build-backend]\nmodule-name = "acme.tools"\n'
    )
    drawing.file("acme_tools/pyproject.toml", part).file("acme_tools/src/acme/tools/__init__.py", FACTORY)
    told = project_text(
        "Acme.Told",
        version="1.0.0-rc1",
        uses=needs,
        more=(
            '[project.scripts]\ntold = "acme_told:asset_factory"\n\n'
            '[project.optional-dependencies]\nMore_Of = ["packaging>=20"]\nless = ["packaging; python_version < \'3.9\'"]\n\n'
            '[project.entry-points."acme.plugins"]\nfactory = "acme_told:asset_factory"\n'
        ),
    )
    told = told.replace("[project]\n", '[project]\ndescription = "What is told of it."\n')
    drawing.file("told/pyproject.toml", told).file("told/src/acme_told/__init__.py", FACTORY)
    _modules_of_other_backends(drawing)


def _modules_of_other_backends(drawing: Drawing) -> None:
    """Versions that a file has, and one that only the build knows; setup.py; poetry; package data that no wheel has."""
    for name, attribute in (("versioned", "versioned.VERSION"), ("computed", "computed.told.VERSION")):
        text = project_text(
            name,
            version="0.1.0",
            uses={"dagster": ""},
            more=f'[tool.setuptools.dynamic]\nversion = {{ attr = "{attribute}" }}\n',
        )
        text = text.replace(UV_BUILD, SETUPTOOLS).replace('version = "0.1.0"\n', 'dynamic = ["version"]\n')
        drawing.file(f"{name}/pyproject.toml", text)
        drawing.file(f"{name}/src/{name}/__init__.py", f'VERSION = "0.3.0"\n{FACTORY}')
    drawing.file("computed/src/computed/told.py", 'VERSION = ".".join(("0", "4"))\n')
    drawing.file("by_setup/setup.py", SETUP_PY).file("by_setup/by_setup/__init__.py", FACTORY)
    drawing.file("by_poetry/pyproject.toml", POETRY).file("by_poetry/by_poetry/__init__.py", FACTORY)
    unfilled = project_text("unfilled", version="0.1.0", uses={"dagster": ""})
    unfilled += (
        '[tool.setuptools]\npackage-dir = { "" = "src" }\npackages = ["unfilled"]\ninclude-package-data = false\n'
    )
    drawing.file("unfilled/pyproject.toml", unfilled.replace(UV_BUILD, SETUPTOOLS))
    drawing.file("unfilled/src/unfilled/__init__.py", PACKAGE_DATA.replace("filled", "unfilled"))
    drawing.file("unfilled/src/unfilled/data/names.json", '["from_data_1"]\n')


def _fixtures(drawing: Drawing) -> None:
    for name in ("forms", "knobbed"):
        _location(drawing, name, {}, (FIXTURES / name / "definitions.py").read_text("utf-8"))
    shutil.copy(FIXTURES / "turning.py", drawing.root / "knobbed")  # in the working directory, no part of the package
    drawing.file("knobbed/turned.json", "null\n")


def _locations(drawing: Drawing) -> None:
    for name, module in (
        ("by_path", "plain.factory"),
        ("transitive", "outer"),
        ("of_flat", "flat_module"),
        ("of_single", "single"),
        ("of_namespace", "acme.tools"),
        ("of_versioned", "versioned"),
        ("of_computed", "computed"),
        ("of_setup", "by_setup"),
        ("of_poetry", "by_poetry"),
    ):
        place = {"plain.factory": "plain", "acme.tools": "acme_tools"}.get(module, module)
        used = place.replace("_", "-")
        _location(drawing, name, {used: EDITABLE.format(place)}, USES_FACTORY.format(module=module, name=name))
    _location(
        drawing,
        "copied",
        {"plain": '{ path = "../plain" }'},
        USES_FACTORY.format(module="plain.factory", name="copied"),
    )
    _location(
        drawing,
        "copied_parts",
        {"acme-tools": '{ path = "../acme_tools" }'},
        USES_FACTORY.format(module="acme.tools", name="copied_parts"),
    )
    for name, module in (("copied_data", "filled"), ("copied_without", "unfilled")):
        specs = f"import dagster as dg\nfrom {module} import specs\n\ndefs = dg.Definitions(assets=specs())\n"
        _location(drawing, name, {module: f'{{ path = "../{module}" }}'}, specs)
    _location(drawing, "metadata", {"acme-told": EDITABLE.format("told")}, READS_METADATA)
    _location(
        drawing,
        "data",
        {"filled": EDITABLE.format("filled")},
        "import dagster as dg\nfrom filled import specs\n\ndefs = dg.Definitions(assets=specs())\n",
    )
    _location(drawing, "components", {"componental": EDITABLE.format("componental")}, LOADS_DEFS_FOLDER)
    drawing.file("components/src/components/defs/__init__.py", "").file(
        "components/src/components/defs/family/defs.yaml", DEFS_YAML
    )
    _location(drawing, "targets", {"plain": EDITABLE.format("plain")}, OF_TARGETS)
    drawing.file("targets/src/targets/inner/__init__.py", OF_TARGETS.rpartition("other =")[0])
    drawing.file("targets/src/targets/defs/__init__.py", "").file(
        "targets/src/targets/defs/assets.py",
        "from plain.factory import asset_factory\n\nfound = asset_factory('found', 'auto')\n",
    )
    for name, layout in (("virtual", "virtual/virtual"), ("virtual_src", "virtual_src/src/virtual_src")):
        _location(drawing, name, {"plain": EDITABLE.format("plain")}, "", more="[tool.uv]\npackage = false\n")
        shutil.rmtree(drawing.root / name / "src")
        drawing.file(f"{layout}/__init__.py", "").file(
            f"{layout}/definitions.py", USES_FACTORY.format(module="plain.factory", name=name)
        )


def _location(drawing: Drawing, name: str, uses: Mapping[str, str], definitions: str, *, more: str = "") -> None:
    drawing.location(name, uses={DAGSTER: "", **uses}, more=more)
    (drawing.root / name / "src" / name / "definitions.py").write_text(definitions, "utf-8")
