"""Bundles of real Dagster code: drawn from every source, installed as a Dockerfile does, served, and asked what they define."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from builders import add_submodule, commit, make_bare_remote, project_text, workspace
from bundles import INDEX, local
from dagster_commons.plans.bundle_texts import FIRST_PARTY, PORT, VERIFICATION, install_commands
from dagster_commons.probe.booting import booted, clean
from dagster_commons.proof.bytecode import share_bytecode
from dagster_commons.proof.closures import site_packages
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.process import Command
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION, environment_with_pip
from laid_out import SETUPTOOLS, UV_BUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from builders import Drawing

COMMONS = Path(sys.executable).with_name("commons")
DAGSTER = f"dagster=={DAGSTER_VERSION}"
BASE = """\
import dagster as dg

VERSION = "0.3.0"


def asset_factory(name, prefix, **more):
    @dg.asset(name=name, key_prefix=prefix, **more)
    def build():
        return 1

    return build
"""
SHARED = """\
import json
from importlib.resources import files

__version__ = "0.2.0"
NAMES = json.loads((files("shared") / "data/names.json").read_text())
"""
# What lacks the extra does not load; another data file or another version of a module gives other definitions.
DEFINITIONS = """\
from importlib.metadata import version

import dagster as dg
from base import asset_factory
from shared import NAMES
from shared.more import TAG

FACTS = {"base": version("base"), "shared": version("shared"), "more": TAG}
defs = dg.Definitions(assets=[asset_factory(name, "sales", metadata=FACTS) for name in NAMES])
"""
# Dagster's own client, as a webserver asks.
ASKING = """\
import json, sys

from dagster import DagsterInstance
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin
from dagster._serdes import serialize_value

origin = GrpcServerCodeLocationOrigin(host="127.0.0.1", port=int(sys.argv[1]), location_name="sales")
with DagsterInstance.ephemeral() as instance:
    location = origin.create_location(instance)
    (repository,) = location.get_repositories().values()
    print(json.dumps([serialize_value(repository.repository_snap), location.get_dagster_library_versions()]))
"""
NEXT_TO_IT = {"base": local("../base"), "extra": local("../extra")}
EXTRA = '\n[project.optional-dependencies]\nmore = ["extra"]\n'


def modules(drawing: Drawing, sources: Mapping[str, str] = NEXT_TO_IT, *, shared_at: str = "shared") -> Drawing:
    """`base`, whose version is read from its code; `extra`; `shared` with package data, which uses both of them."""
    computed = '[tool.setuptools.dynamic]\nversion = { attr = "base.VERSION" }\n'
    text = project_text("base", version="", uses={"dagster": ""}, more=computed).replace(UV_BUILD, SETUPTOOLS)
    drawing.file("base/pyproject.toml", text.replace('version = ""\n', 'dynamic = ["version"]\n'))
    drawing.file("base/src/base/__init__.py", BASE)
    drawing.module("extra").file("extra/src/extra/__init__.py", 'TAG = "extra"\n')
    text = project_text("shared", version="0.2.0", uses=sources, more=EXTRA).replace('    "extra",\n', "")
    drawing.file(f"{shared_at}/pyproject.toml", text).file(f"{shared_at}/src/shared/__init__.py", SHARED)
    drawing.file(f"{shared_at}/src/shared/more.py", "from extra import TAG\n")
    return drawing.file(f"{shared_at}/src/shared/data/names.json", '["asset_1", "asset_2"]\n')


def by_path(root: Path) -> Path:
    """`sales` and its modules in one repository."""
    drawing = modules(workspace(root))
    return _located(drawing, {"shared[more]": local("../shared")})


def by_member(root: Path) -> Path:
    """The same in one uv workspace."""
    members = '[tool.uv.workspace]\nmembers = ["base", "extra", "shared", "sales"]\n'
    drawing = workspace(root).file("pyproject.toml", members)
    modules(drawing, dict.fromkeys(NEXT_TO_IT, "{ workspace = true }"))
    return _located(drawing, {"shared[more]": "{ workspace = true }"})


def by_submodule(root: Path) -> Path:
    """The same, `shared` being a submodule in `sales` and the others directories of that."""
    drawing = workspace(root.parent / "module")
    modules(drawing, {"base": local("base"), "extra": local("extra")}, shared_at=".")
    make_bare_remote(drawing.repository().root, root.parent / "remote.git")
    drawing = workspace(root).file("README.md", "sales").repository()
    add_submodule(root, root.parent / "remote.git", "vendor/shared")
    return _located(drawing, {"shared[more]": local("../vendor/shared")})


def by_git(root: Path) -> Path:
    """The same from a tag of a repository."""
    drawing = modules(workspace(root.parent / "module")).repository()
    git(drawing.root, "tag", "v1")
    url = make_bare_remote(drawing.root, root.parent / "remote.git").as_uri()
    return _located(workspace(root), {"shared[more]": f'{{ git = "{url}", tag = "v1", subdirectory = "shared" }}'})


def by_index(root: Path) -> Path:
    """The same from an embedded registry, every module released."""
    drawing = modules(workspace(root.parent / "module"))
    for name in ("base", "extra", "shared"):
        uv(drawing.root / name, "build", "--quiet", "--wheel", "--out-dir", str(root.parent / "wheels"))
    embedded.initialise(root / "registry", names=())
    embedded.publish(root / "registry", tuple(sorted((root.parent / "wheels").glob("*.whl"))))
    drawing = workspace(root).file("commons.toml", '[registries.local]\nkind = "embedded"\npath = "registry"\n')
    return _located(drawing, {"shared[more]==0.2.0": ""}, more=INDEX)


SOURCES: Mapping[str, Callable[[Path], Path]] = {
    "path": by_path,
    "submodule": by_submodule,
    "index": by_index,
    "git": by_git,
    "member": by_member,
}


def bundle(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `commons bundle` in `root`, proof and all."""
    python = ("--python-version", f"{sys.version_info.major}.{sys.version_info.minor}")
    return subprocess.run([COMMONS, "bundle", *words, *python], cwd=root, capture_output=True, check=False, text=True)


def install(directory: Path, environment: Path, *, is_vendored: bool, compiled: Path) -> None:
    """Install the bundle in `directory` by the commands of its Dockerfile, with no index to ask.

    Where third-party packages are not in the bundle, uv takes them from its cache: pip would take a minute.  Compiled
    files come from the environment of the Python `compiled`, for the same reason.

    Raises:
        subprocess.CalledProcessError: a command refused.

    """
    environment_with_pip(environment)
    commands = list(install_commands(is_vendored=is_vendored))
    if not is_vendored:
        options = ("--no-deps", "--require-hashes", "-r", "requirements.txt")
        uv(directory, "pip", "install", "--quiet", "--python", str(environment / "bin/python"), *options)
        commands = commands[commands.index(VERIFICATION) :]
    assert FIRST_PARTY in commands
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_NO_COMPILE": "1"}
    for each in commands:
        subprocess.run(["sh", "-c", each], cwd=directory, env=variables, check=True)
    share_bytecode(site_packages(compiled), site_packages(environment / "bin/python"))


@contextlib.contextmanager
def serving(directory: Path, environment: Path, at: Path) -> Iterator[int]:
    """Serve the bundle in `directory` with its own command from `environment`, in the empty directory `at`; the port."""
    at.mkdir()
    given, without = clean({}, home=at, programs=environment / "bin")
    told = json.loads((directory / "bundle.json").read_text())["command"]

    def serve(host: str, port: int) -> Command:
        words = [{"0.0.0.0": host, PORT: str(port)}.get(each, each) for each in told]  # noqa: S104 - replaced
        argv = (str(environment / "bin" / words[0]), *words[1:])
        return Command(argv=argv, cwd=at, environment=given, without=without)

    with booted(serve, environment / "bin/python", timeout_seconds=120) as port:
        yield port


def served(port: int, python: Path, at: Path) -> tuple[str, dict[str, str]]:
    """What the server on `port` defines, as Dagster serialises it, and the versions of libraries that it tells."""
    argv = [python, "-I", "-c", ASKING, str(port)]
    said = subprocess.run(argv, cwd=at, capture_output=True, check=True, text=True).stdout
    definitions, versions = json.loads(said.splitlines()[-1])
    return definitions, versions


def _located(drawing: Drawing, uses: Mapping[str, str], *, more: str = "") -> Path:
    drawing.location("sales", uses={DAGSTER: "", **uses}, more=more)
    drawing.file("sales/src/sales/definitions.py", DEFINITIONS)
    uv(drawing.root / "sales", "lock")
    return commit(drawing.repository().root, "use it")
