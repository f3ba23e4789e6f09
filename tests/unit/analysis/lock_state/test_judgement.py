"""Each reason that a lock can be stale, missing or unknown for, on drawn files; uv's own word is the oracle test's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.lock_state import lock_state, needed_directories
from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from dagster_commons.model.workspace import LockState

APP, LIB, DEEP = Path("/place/app"), Path("/place/lib"), Path("/place/deep")

APP_TEXT = """
[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["lib", "shared==0.1.3", "alpha>=1,<2; python_version >= '3.12'"]

[project.optional-dependencies]
more = ["beta"]

[dependency-groups]
dev = ["beta>=2"]
all = [{ include-group = "dev" }, "alpha"]

[tool.uv.sources]
lib = { path = "../lib", editable = true }
shared = { index = "private" }
pinned = { git = "https://git.example.org/pinned", tag = "v1" }

[[tool.uv.index]]
name = "private"
url = "https://private.example.org/simple/"
explicit = true

[[tool.uv.index]]
url = "https://index.example.org/simple"
default = true
"""

LIB_TEXT = """
[project]
name = "lib"
dynamic = ["version"]
requires-python = ">=3.10"
dependencies = ["beta", "deep"]

[build-system]
requires = ["hatchling"]

[tool.uv.sources]
deep = { path = "../deep" }
"""

DEEP_TEXT = """
[project]
name = "deep"
version = "2.0"
dependencies = []
"""

LOCK_TEXT = """\
version = 1
revision = 5
requires-python = ">=3.11"

[[package]]
name = "alpha"
version = "1.5"
source = { registry = "https://index.example.org/simple" }

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "alpha", marker = "python_full_version >= '3.12'" },
    { name = "lib" },
    { name = "shared" },
]

[package.optional-dependencies]
more = [
    { name = "beta" },
]

[package.metadata]
requires-dist = [
    { name = "alpha", marker = "python_full_version >= '3.12'", specifier = ">=1,<2" },
    { name = "beta", marker = "extra == 'more'" },
    { name = "lib", editable = "../lib" },
    { name = "shared", specifier = "==0.1.3", index = "https://private.example.org/simple" },
]
provides-extras = ["more"]

[package.metadata.requires-dev]
all = [
    { name = "alpha" },
    { name = "beta", specifier = ">=2" },
]
dev = [{ name = "beta", specifier = ">=2" }]

[[package]]
name = "beta"
version = "2.0"
source = { registry = "https://index.example.org/simple" }

[[package]]
name = "deep"
version = "2.0"
source = { directory = "../deep" }

[[package]]
name = "lib"
source = { editable = "../lib" }
dependencies = [
    { name = "beta" },
    { name = "deep" },
]

[package.metadata]
requires-dist = [
    { name = "beta" },
    { name = "deep", directory = "../deep" },
]

[[package]]
name = "shared"
version = "0.1.3"
source = { registry = "https://private.example.org/simple" }
"""


def judge(
    *,
    app: str | None = APP_TEXT,
    lib: str | None = LIB_TEXT,
    deep: str | None = DEEP_TEXT,
    lock: str | None = LOCK_TEXT,
    uv_toml: str | None = None,
    more: dict[Path, str] | None = None,
) -> LockState:
    texts = {APP: app, LIB: lib, DEEP: deep, **(more or {})}
    return lock_state(
        None if lock is None else lockfile.parse(lock.encode(), APP / "uv.lock"),
        APP,
        {directory: tomllib.loads(text) for directory, text in texts.items() if text is not None},
        uv_toml=None if uv_toml is None else tomllib.loads(uv_toml),
    )


def app_with(old: str, new: str) -> dict[str, str]:
    assert old in APP_TEXT
    return {"app": APP_TEXT.replace(old, new)}


def lib_with(old: str, new: str) -> dict[str, str]:
    assert old in LIB_TEXT
    return {"lib": LIB_TEXT.replace(old, new)}


def lock_with(old: str, new: str) -> dict[str, str]:
    assert old in LOCK_TEXT
    return {"lock": LOCK_TEXT.replace(old, new)}


def setting(text: str) -> dict[str, str]:
    return {"app": APP_TEXT.replace("[tool.uv.sources]", f"[tool.uv]\n{text}\n[tool.uv.sources]")}


def header(text: str) -> dict[str, str]:
    return {"lock": LOCK_TEXT.replace("\n[[package]]", f"\n{text}\n\n[[package]]", 1)}


REQUIRED = 'dependencies = ["lib", "shared==0.1.3"'

STALE = {
    "pin": (app_with("shared==0.1.3", "shared==0.2.0"), "pyproject says shared==0.2.0 from https://private.example.org/simple, the lock 0.1.3"),
    "range": (app_with("alpha>=1,<2", "alpha>=1.5"), "pyproject says alpha>=1.5, the lock alpha>=1,<2"),
    "marker": (app_with("'3.12'", "'3.13'"), "pyproject says alpha>=1,<2, the lock under another condition"),
    "requirement added": (app_with('"lib"', '"lib", "gamma"'), "says app needs 4 packages, it needs 5"),
    "requirement removed": (app_with('"lib", ', ""), "says app needs 4 packages, it needs 3"),
    "requirement replaced": (lib_with('"beta"', '"gamma"'), "lib says gamma, the lock beta"),
    "the module needs more": (lib_with('"beta"', '"beta", "gamma", "delta"'), "says lib needs 2 packages, it needs 4"),
    "the module's module changed": ({"deep": DEEP_TEXT.replace("[]", '["beta"]')}, "says deep needs 0 packages, it needs 1"),
    "extra of a requirement": (lib_with('"beta"', '"beta[io]"'), "lib says beta[io], the lock beta"),
    "not editable any more": (app_with(", editable = true", ""), "pyproject says lib from ../lib, the lock lib from ../lib (editable)"),
    "source moved": (app_with("../lib", "../other"), "pyproject says lib from ../other (editable), the lock lib from ../lib (editable)"),
    "source removed": (app_with('lib = { path = "../lib", editable = true }', ""), "pyproject says lib, the lock lib from ../lib (editable)"),
    "index of a requirement": (app_with('shared = { index = "private" }', ""), "pyproject says shared==0.1.3, the lock shared==0.1.3 from https://private.example.org/simple"),
    "git source added": (app_with('"lib"', '"lib", "pinned"'), "says app needs 4 packages, it needs 5"),
    "static version": ({"deep": DEEP_TEXT.replace("2.0", "2.1")}, "deep is 2.1, the lock has 2.0"),
    "version became computed": ({"deep": DEEP_TEXT.replace('version = "2.0"', 'dynamic = ["version"]')}, "the version of deep is computed now, the lock has 2.0"),
    "version became static": (lib_with('dynamic = ["version"]', 'version = "1.0"'), "the version of lib is 1.0 now, computed when it was locked"),
    "extra added": (app_with('more = ["beta"]', 'more = ["beta"]\nNone_Yet = []'), "app has the extras more, none-yet, the lock says the extras more"),
    "extra removed": (app_with('more = ["beta"]', ""), "app has no extras, the lock says the extras more"),
    "group added": (app_with('dev = ["beta>=2"]', 'dev = ["beta>=2"]\nLint = []'), "app has a dependency group lint, the lock does not"),
    "group removed": (app_with('all = [{ include-group = "dev" }, "alpha"]', ""), "the lock has a dependency group all, app does not"),
    "included group changed": (app_with("beta>=2", "beta>=3"), "dependency group all of app says something else than the lock"),
    "group limited to a Python": (
        setting('dependency-groups = { dev = { requires-python = ">=3.12" } }'),
        "dependency group all of app says something else than the lock",
    ),
    "default groups": (setting("default-groups = []"), "app has other default groups, or another Python for one, than the lock says"),
    "requires-python": (app_with(">=3.11", ">=3.12"), "pyproject says Python >=3.12, the lock >=3.11"),
    "environments": (setting("environments = [\"sys_platform == 'linux'\"]"), "pyproject says other environments than the lock"),
    "required environments": (setting("required-environments = [\"sys_platform == 'linux'\"]"), "pyproject says other required-environments than the lock"),
    "conflicts": (
        setting('conflicts = [[{ extra = "more" }, { group = "dev" }]]'),
        "pyproject declares other conflicts than the lock",
    ),
    "resolution": (setting('resolution = "lowest"'), "pyproject says resolution lowest, the lock highest"),
    "pre-releases": (setting('prerelease = "allow"'), "pyproject says prerelease allow, the lock if-necessary-or-explicit"),
    "fork strategy": (setting('fork-strategy = "fewest"'), "pyproject says fork-strategy fewest, the lock requires-python"),
    "cut-off": (setting('exclude-newer = "2026-01-01T00:00:00Z"'), "pyproject says exclude-newer 2026-01-01T00:00:00Z, the lock nothing"),
    "cut-off removed": (header('[options]\nexclude-newer = "2026-01-01T00:00:00Z"'), "pyproject says exclude-newer nothing, the lock 2026-01-01T00:00:00Z"),
    "cut-off of one package": (setting('exclude-newer-package = { alpha = "2026-01-01T00:00:00Z" }'), "pyproject says exclude-newer for alpha 2026-01-01T00:00:00Z, the lock nothing"),
    "constraint": (setting('constraint-dependencies = ["beta<3"]'), "pyproject says constraint-dependencies beta<3, the lock does not"),
    "constraint removed": (header('[manifest]\nconstraints = [{ name = "zeta", specifier = "<3" }]'), "the lock says constraint-dependencies zeta<3, pyproject does not"),
    "override": (setting('override-dependencies = ["beta"]'), "pyproject says override-dependencies beta, the lock does not"),
    "build constraint": (setting('build-constraint-dependencies = ["zeta<3"]'), "pyproject says build-constraint-dependencies zeta<3, the lock does not"),
    "exclusion": (setting('exclude-dependencies = ["beta"]'), "pyproject says other exclude-dependencies than the lock"),
    "told metadata": (setting('dependency-metadata = [{ name = "beta", version = "2.0" }]'), "pyproject says other dependency-metadata than the lock"),
    "became a package": (app_with("[dependency-groups]", "[build-system]\nrequires = []\n[dependency-groups]"), "app is editable now, in the lock not a package"),
    "renamed": (app_with('name = "app"', 'name = "application"'), "application is not in the lock"),
    "default index replaced": (
        app_with("https://index.example.org/simple", "https://mirror.example.org/simple"),
        "the lock takes alpha from https://index.example.org/simple, no index here",
    ),
    "default index replaced in uv.toml": (
        {"uv_toml": 'index-url = "https://mirror.example.org/simple"'},
        "the lock takes alpha from https://index.example.org/simple, no index here",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), STALE.values(), ids=STALE)
def test_stale(change: dict[str, str], reason: str) -> None:
    state = judge(**change)
    assert (state.kind, state.reason) == ("stale", reason)


CURRENT = {
    "nothing": {},
    "comment": app_with("[project]", "# a remark\n\n[project]"),
    "spelling": app_with("\"alpha>=1,<2; python_version >= '3.12'\"", "\"Alpha <2.0, >= 1 ; '3.11' < python_version\""),
    "order": app_with('"lib", "shared==0.1.3"', '"shared==0.1.3", "lib"'),
    "said twice": app_with('"lib"', '"lib", "alpha; python_version >= \'3.12\'"'),
    "path with a dot": app_with("../lib", "./../lib/."),
    "list of sources": app_with(
        'lib = { path = "../lib", editable = true }', 'lib = [{ path = "../lib", editable = true }]'
    ),
    "unused source": app_with('tag = "v1"', 'tag = "v2"'),
    "module's version": lib_with("[build-system]", "# version 3\n[build-system]"),
    "module's name for others": {"deep": DEEP_TEXT.replace('version = "2.0"', 'version = "2.0.0"')},
    "Python with a zero": app_with(">=3.11", ">=3.11.0"),
    "defaults spelled out": setting(
        'resolution = "highest"\nprerelease = "if-necessary-or-explicit"\ndefault-groups = ["dev"]'
    ),
    "settings for what is not locked": setting(
        'constraint-dependencies = ["zeta<3", "beta"]\noverride-dependencies = ["zeta==1"]\n'
        'exclude-dependencies = ["zeta"]\ndependency-metadata = [{ name = "zeta", version = "1" }]\n'
        'exclude-newer-package = { zeta = "2026-01-01T00:00:00Z" }'
    ),
    "unused index": app_with("default = true", 'default = true\n[[tool.uv.index]]\nurl = "../somewhere"'),
    "index with a slash": app_with("https://index.example.org/simple", "https://index.example.org/simple/"),
    "index with credentials": app_with("https://private.example", "https://user:word@private.example"),
    "settings in uv.toml": {
        "uv_toml": 'index-url = "https://index.example.org/simple"',
        **setting('resolution = "lowest"'),
    },
    "older revision records no groups": setting("default-groups = []") | lock_with("revision = 5", "revision = 3"),
    "git": app_with('"lib", ', '"lib", "pinned", ')
    | lock_with(
        '    { name = "shared", specifier',
        '    { name = "pinned", git = "https://git.example.org/pinned?tag=v1" },\n    { name = "shared", specifier',
    ),
    "requirement by URL": app_with('"lib", ', '"lib", "two @ git+https://git.example.org/two@v3#subdirectory=x", ')
    | lock_with(
        '    { name = "shared", specifier',
        '    { name = "two", git = "https://git.example.org/two?subdirectory=x&rev=v3" },\n    { name = "shared", spec'
        "ifier",
    ),
}


@pytest.mark.parametrize("change", CURRENT.values(), ids=CURRENT)
def test_current(change: dict[str, str]) -> None:
    state = judge(**change)
    assert (state.kind, state.reason) == ("current", None)


UNKNOWN = {
    "dynamic dependencies": (lib_with('["version"]', '["version", "dependencies"]'), "lib computes its dependencies when it is built"),
    "dynamic extras": (lib_with('["version"]', '["version", "optional-dependencies"]'), "lib computes its optional-dependencies when it is built"),
    "setup.py project": ({"lib": "[build-system]\nrequires = []"}, "lib has no [project] table"),
    "Poetry": (lib_with('dependencies = ["beta", "deep"]', "[tool.poetry]\nname = 'lib'"), "lib gives its dependencies in Poetry's own table"),
    "no version": ({"deep": DEEP_TEXT.replace('version = "2.0"', "")}, "deep gives no version"),
    "module's file unreadable": ({"lib": None}, "lib at ../lib has no pyproject.toml that can be read"),
    "own file unreadable": ({"app": None}, "app/pyproject.toml is not there or cannot be read"),
    "exotic marker": (app_with("python_version >= '3.12'", "platform_release >= '5'"), "the marker `platform_release >= '5'` cannot be compared without uv"),
    "newer lock": (lock_with("version = 1\n", "version = 2\n"), "the lock has version 2, which is not understood here"),
    "broken lock": (lock_with('{ name = "lib" },', '{ name "lib" },'), "uv.lock is malformed: missing assignment"),
    "no requires-python": (app_with('requires-python = ">=3.11"\n', ""), "no requires-python is given, so it depends on the Python that uv finds"),
    "undefined index": (app_with('name = "private"\n', ""), "shared comes from the index private, which pyproject.toml does not define"),
    "no sources": (setting("no-sources = true"), "`no-sources` is set, which is not compared"),
    "no such group": (app_with('include-group = "dev"', 'include-group = "gone"'), "the dependency group gone cannot be written out"),
    "groups in a circle": (app_with('dev = ["beta>=2"]', 'dev = [{ include-group = "all" }]'), "the dependency group dev cannot be written out"),
    "no requirement": (app_with('"lib"', '"lib ="'), "the version specifier `=` cannot be read"),
    "malformed table": (app_with('more = ["beta"]', "more = 3"), "`more` in pyproject.toml is not of the kind that uv reads"),
    "scoped override": (
        setting('override-dependencies = [{ package = { name = "beta" }, dependencies = ["alpha"] }]'),
        "`override-dependencies` for single packages is not compared",
    ),
    "scoped exclusion": (
        setting('exclude-dependencies = [{ package = { name = "beta" }, dependencies = ["alpha"] }]'),
        "`exclude-dependencies` for single packages is not compared",
    ),
    "pre-releases by package": (setting('prerelease = { alpha = "allow" }'), "`prerelease` is not a plain word, which is not compared"),
    "own extras of a computed version": (
        lib_with('dependencies = ["beta", "deep"]', 'dependencies = ["beta", "deep", "lib[x]"]'),
        "lib asks for its own extras, which its build may write out",
    ),
    "an index from elsewhere": (
        app_with('https://index.example.org/simple"\ndefault = true', 'https://other.example.org/simple"'),
        "the lock takes alpha from https://index.example.org/simple, no index here unless a setting outside the project names it",
    ),
    "a wheel": (
        app_with('"../lib", editable = true', '"../lib-1-py3-none-any.whl"')
        | {"lock": LOCK_TEXT.replace('editable = "../lib"', 'path = "../lib-1-py3-none-any.whl"').replace("source = { path", 'version = "1"\nsource = { path')},
        "lib is the file ../lib-1-py3-none-any.whl, which is not read here",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), UNKNOWN.values(), ids=UNKNOWN)
def test_unknown(change: dict[str, str | None], reason: str) -> None:
    state = judge(**change)
    assert state.kind == "unknown"
    assert (state.reason or "").startswith(reason)


def test_what_is_certain_outweighs_what_cannot_be_told() -> None:
    state = judge(**UNKNOWN["dynamic dependencies"][0], **app_with("shared==0.1.3", "shared==0.2.0"))
    assert state.kind == "stale"
    later = judge(lib=None, **setting('resolution = "lowest"'))
    assert (later.kind, later.reason) == ("stale", "pyproject says resolution lowest, the lock highest")


def test_missing() -> None:
    state = judge(lock=None)
    assert (state.kind, state.reason) == ("missing", "there is no uv.lock")


def test_needed_directories() -> None:
    lock = lockfile.parse(LOCK_TEXT.encode(), APP / "uv.lock")
    assert needed_directories(lock, APP) == (APP, Path("/"), Path("/place"), DEEP, LIB)


def test_a_module_finds_sources_in_the_uv_workspace_around_it() -> None:
    lib = LIB_TEXT.replace('[tool.uv.sources]\ndeep = { path = "../deep" }', "")
    root = '[tool.uv.workspace]\nmembers = ["lib", "deep"]\n[tool.uv.sources]\ndeep = { workspace = true }'
    assert judge(lib=lib).reason == "lib says deep, the lock deep from ../deep"
    around = judge(lib=lib, more={Path("/place"): root})
    assert around.reason == "lib says deep from ../deep (editable), the lock deep from ../deep"
    excluded = root.replace("[tool.uv.sources]", 'exclude = ["lib"]\n[tool.uv.sources]')
    assert judge(lib=lib, more={Path("/place"): excluded}).reason == "lib says deep, the lock deep from ../deep"
