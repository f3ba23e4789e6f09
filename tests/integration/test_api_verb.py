"""`commons api` as a user types it, on what it is not made for: never a crash, the right exit code, a message that helps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from builders import commit, draw, make_repository
from dagster_commons.tools.indexes import embedded
from package_index import PASSWORD, USER, serving
from wheelhouse import metadata_text, write_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

F = "def f(a: int) -> int:\n    return a\n"
G = "def g() -> int:\n    return 1\n"
PROJECT = '[project]\nname = "{name}"\nversion = "{version}"\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
CONSUMER = """\
[project]
name = "finance"
version = "0"
dependencies = ["shared"]
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "finance"
"""


def ended(*arguments: str, at: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`commons api …` at a terminal of 80 columns; nothing of ours may fail."""
    done = subprocess.run(
        [sys.executable, "-m", "dagster_commons", "api", *arguments],
        cwd=at, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80", **variables},
    )  # fmt: skip
    assert done.returncode != 70, done.stderr
    assert "Traceback" not in done.stderr
    if "json" not in arguments:
        assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    return done


def compared(at: Path, old: Mapping[str, str | bytes], new: Mapping[str, str | bytes]) -> dict[str, Any]:
    """The JSON of two import packages `m` with these files."""
    for name, files in (("old", old), ("new", new)):
        for path, content in files.items():
            file = at / name / "m" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = ended("old/m", "new/m", "--format", "json", at=at)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def rules(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["rule"], each["object"]) for each in document["changes"]]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "name two versions to compare"),
        (("shared",), 2, "name two versions to compare"),
        (("empty", "empty"), 2, "empty holds no import package"),
        (("nowhere", "nowhere"), 2, "`nowhere` is nothing whose API could be read"),
        (("text.whl", "text.whl"), 2, "text.whl is no wheel"),
        (("unfinished", "unfinished"), 2, "pyproject.toml is not valid TOML"),
        (("--explain", "parameter-renmed"), 2, "did you mean `parameter-renamed`?"),
        (("other@main", "shared"), 2, "other"),
        (("shared@nowhere", "shared"), 2, "nowhere"),
        (("shared@before", "shared"), 2, "before has no shared"),
        (("shared==9.9", "shared"), 4, "no registry holds shared 9.9, and no tag here marks it"),
    ],
)
def test_what_names_no_version_is_told(arguments: tuple[str, ...], code: int, words: str, tmp_path: Path) -> None:
    draw(tmp_path, {"README.md": "nothing yet\n"})
    make_repository(tmp_path)
    subprocess.run(["git", "tag", "before"], cwd=tmp_path, check=True)
    draw(
        tmp_path,
        {
            "shared/pyproject.toml": PROJECT.format(name="shared", version="1"),
            "shared/src/shared/__init__.py": F,
            "text.whl": "no archive",
            "unfinished/pyproject.toml": "[project\n",
            "unfinished/src/unfinished/__init__.py": F,
        },
    )
    commit(tmp_path, "shared")
    (tmp_path / "empty").mkdir()

    done = ended(*arguments, at=tmp_path)

    assert (done.returncode, done.stdout) == (code, "")
    assert words in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"def h() -> int:\n    return 1\n\ndef i(:\n", "m/part.py: line 4: invalid syntax"),
        ("# -*- coding: latin-1 -*-\nNAME = 'é'\n".encode("latin-1"), "m/part.py: it is not UTF-8"),
        ("NAME = 'é'\n".encode("latin-1"), "m/part.py: line 1: (unicode error)"),
        (b"x = 1\0\n", "m/part.py: source code string cannot contain null bytes"),
        (b"x = " + b"+".join([b"1"] * 6000) + b"\n", "m/part.py: it is nested too deeply"),
        (b"x = " + b"(" * 900 + b")" * 900 + b"\n", "m/part.py: line 1: too many nested parentheses"),
    ],
)
def test_the_rest_is_compared_where_a_file_cannot_be_read(content: bytes, why: str, tmp_path: Path) -> None:
    part = "def h() -> int:\n    return 1\n"
    found = compared(
        tmp_path,
        {"__init__.py": f"from .part import h as h\n{F}", "part.py": part},
        {"__init__.py": f"from .part import h as h\n{F}{G}", "part.py": content},
    )

    assert rules(found) == [("added", "m.g")]
    assert len(found["unread"]) == 1
    assert found["unread"][0].startswith(why)
    said = ended("old/m", "new/m", at=tmp_path).stdout
    assert "not read: m/part.py" in said


def test_a_package_that_cannot_be_read_at_all_is_no_version(tmp_path: Path) -> None:
    draw(tmp_path, {"old/m/__init__.py": F, "new/m/__init__.py": "def h(:\n"})

    done = ended("old/m", "new/m", at=tmp_path)

    assert done.returncode == 2
    assert "not read: m/__init__.py: line 1: invalid syntax" in done.stderr
    assert "newer syntax needs a newer one" in done.stderr


def test_generics_are_read_where_python_reads_them(tmp_path: Path) -> None:
    text = "class Box[T]:\n    def get(self, a: T{}) -> T: ...\ntype Alias[K] = dict[K, int]\n"
    draw(tmp_path, {"old/m/__init__.py": text.format(""), "new/m/__init__.py": text.format(", b: int")})

    done = ended("old/m", "new/m", at=tmp_path)

    if sys.version_info >= (3, 12):
        assert "parameter-added-required" in done.stdout
    else:
        assert done.returncode == 2
        assert "newer syntax needs a newer one" in done.stderr


PACKAGES: dict[str, tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]] = {
    "cyclic re-exports": (
        {"__init__.py": "from .a import x as x\n" + F, "a.py": "from .b import x as x\nfrom .b import *\n", "b.py": "from .a import *\n"},
        {"__init__.py": "from .a import x as x\n" + G, "a.py": "from .b import x as x\n", "b.py": "from .a import x as x\n"},
        [("removed", "m.f"), ("added", "m.g")],
    ),
    "star imports": (
        {"__init__.py": "from ._impl import *\n", "_impl.py": F + G + "_own = 1\n"},
        {"__init__.py": "from ._impl import *\n", "_impl.py": F + "_own = 2\n"},
        [("removed", "m._impl.g"), ("body-changed", "m._impl")],
    ),
    "TYPE_CHECKING, and ImportError": (
        {
            "__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ._t import T as T\n"
            "try:\n    from ._a import f as f\nexcept ImportError:\n    f = None\n",
            "_t.py": "class T: ...\n", "_a.py": F,
        },
        {
            "__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ._t import T as T\n"
            "try:\n    from ._a import f as f\nexcept ImportError:\n    f = None\n" + G,
            "_t.py": "class T: ...\n", "_a.py": F,
        },
        [("added", "m.g")],
    ),
    "dataclass inheritance": (
        {"__init__.py": "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\n@dataclass\nclass B(A):\n    b: int\n"},
        {"__init__.py": "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\n    c: int\n@dataclass\nclass B(A):\n    b: int\n"},
        [("field-added-required", "m.A"), ("field-added-required", "m.B"), ("fields-reordered", "m.B")],
    ),
    "overloads in a stub": (
        {"__init__.py": "def f(x):\n    return x\n", "__init__.pyi": "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"},
        {"__init__.py": "def f(x):\n    return x\n", "__init__.pyi": "def f(x: str) -> str: ...\n"},
        [("overload-removed", "m.f"), ("parameter-narrowed", "m.f"), ("return-narrowed", "m.f")],
    ),
    "a module's __getattr__": (
        {"__init__.py": F + G},
        {"__init__.py": F + "def __getattr__(name: str) -> object:\n    raise AttributeError(name)\n"},
        [("removed-unproven", "m.g")],
    ),
    "deep nesting": (
        {"__init__.py": F + "x = " + "[" * 150 + "]" * 150 + "\n" + "".join("    " * n + "if f:\n" for n in range(18)) + "    " * 18 + "pass\n"},
        {"__init__.py": G + "x = " + "[" * 150 + "]" * 150 + "\n" + "".join("    " * n + "if g:\n" for n in range(18)) + "    " * 18 + "pass\n"},
        [("removed", "m.f"), ("added", "m.g"), ("body-changed", "m")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "found"), PACKAGES.values(), ids=PACKAGES)
def test_packages_of_every_kind(
    old: dict[str, str], new: dict[str, str], found: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert rules(compared(tmp_path, old, new)) == found


def test_compiled_code_beside_sources_is_named(tmp_path: Path) -> None:
    library = {"_fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}
    init = "from ._fast import quick as quick\n"

    found = compared(tmp_path, {"__init__.py": init + F, **library}, {"__init__.py": init + F + G, **library})

    assert rules(found) == [("added", "m.g")]
    assert found["unread"] == ["m/_fast.cpython-311-x86_64-linux-gnu.so: compiled code"]


LAYOUTS: dict[str, tuple[dict[str, str], str]] = {
    "no __init__.py": ({"pyproject.toml": 'name = "m"', "src/m/part.py": "{}"}, "m.part.g"),
    "a namespace": ({"pyproject.toml": 'name = "acme-m"', "src/acme/m/__init__.py": "{}"}, "acme.m.g"),
    "one file": ({"pyproject.toml": 'name = "m"', "m.py": "{}"}, "m.g"),
    "another name": (
        {
            "pyproject.toml": 'name = "acme-things"\n[tool.uv.build-backend]\nmodule-name = "things"',
            "src/things/__init__.py": "{}",
        },
        "things.g",
    ),
    "two import packages": (
        {
            "pyproject.toml": 'name = "acme"\n[tool.uv.build-backend]\nmodule-name = ["one", "other"]',
            "src/one/__init__.py": "",
            "src/other/__init__.py": "{}",
        },
        "other.g",
    ),
}


@pytest.mark.parametrize(("files", "added"), LAYOUTS.values(), ids=LAYOUTS)
def test_projects_of_every_layout(files: dict[str, str], added: str, tmp_path: Path) -> None:
    backend = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n[project]\nversion = "1"\n'
    for name, text in (("old", F), ("new", F + G)):
        for path, content in files.items():
            whole = backend + content + "\n" if path == "pyproject.toml" else content.replace("{}", text)
            draw(tmp_path / name, {path: whole})

    done = ended("old", "new", "--format", "json", at=tmp_path)

    assert done.returncode == 0, done.stderr
    assert rules(json.loads(done.stdout)) == [("added", added)]


def test_fifty_thousand_generated_lines_take_seconds(tmp_path: Path) -> None:
    function = "def f{}(a: int, b: str = 'x') -> dict[str, int]:\n    c = a\n    return {{b: c}}\n\n\n"
    text = "".join(function.format(number) for number in range(10_000))
    started = time.perf_counter()

    found = compared(tmp_path, {"__init__.py": text}, {"__init__.py": text.replace("f77(a", "f77(x")})

    assert rules(found) == [("parameter-renamed", "m.f77")]
    assert time.perf_counter() - started < 120


def _zipped(file: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def test_a_wheel_without_import_package_is_told(tmp_path: Path) -> None:
    _zipped(tmp_path / "none-1-py3-none-any.whl", {"none-1.dist-info/METADATA": metadata_text("none", "1")})

    done = ended("none-1-py3-none-any.whl", "none-1-py3-none-any.whl", at=tmp_path)

    assert done.returncode == 2
    assert "none-1-py3-none-any.whl holds no import package" in done.stderr


def test_a_wheel_cannot_write_beside_where_it_is_unpacked(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    members = {"m/__init__.py": F, f"{place}/a.py": "", "../../elsewhere/b.py": "", "m/../../../elsewhere/c.py": ""}
    _zipped(tmp_path / "m-1-py3-none-any.whl", members)

    done = ended("m-1-py3-none-any.whl", "m-1-py3-none-any.whl", at=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["m-1-py3-none-any.whl"]
    assert not place.exists()


def test_only_the_source_of_a_wheel_is_unpacked_and_no_endless_one(tmp_path: Path) -> None:
    data = _zipped(tmp_path / "m-1-py3-none-any.whl", {"m/__init__.py": F, "m/data.bin": bytes(1 << 28)})
    code = _zipped(tmp_path / "m-2-py3-none-any.whl", {"m/__init__.py": F, "m/big.py": bytes(300 << 20)})

    assert ended(data.name, data.name, at=tmp_path).returncode == 0
    done = ended(data.name, code.name, at=tmp_path)
    assert done.returncode == 2
    assert "its source comes to 300 MB" in done.stderr


def test_a_damaged_record_in_a_wheel_is_told(tmp_path: Path) -> None:
    record = "m-1.dist-info/dagster-commons/api.json"
    for number, text in enumerate(('{"format":1', '{"format":99}', "[]", '{"format":1,"packages":["m"]}')):
        wheel = _zipped(tmp_path / f"m-{number}-py3-none-any.whl", {record: text, "m/__init__.py": F})

        done = ended(wheel.name, wheel.name, at=tmp_path)

        assert done.returncode == 2
        assert "api.json" in done.stderr


@pytest.mark.parametrize("source", ["embedded", "index", "tag"])
def test_a_version_comes_from_wherever_it_is(source: str, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    draw(
        root,
        {
            "shared/pyproject.toml": PROJECT.format(name="shared", version="0.1.0"),
            "shared/src/shared/__init__.py": F,
            "finance/pyproject.toml": CONSUMER + '[tool.uv.sources]\nshared = { path = "../shared" }\n',
            "finance/src/finance/__init__.py": "",
        },
    )
    make_repository(root)
    if source == "tag":
        subprocess.run(["git", "tag", "shared-v0.1.0"], cwd=root, check=True)
    with serving(tmp_path / "served") as index:
        variables = {"UV_INDEX_CORP_USERNAME": USER, "UV_INDEX_CORP_PASSWORD": PASSWORD}
        if source == "embedded":
            subprocess.run([sys.executable, "-m", "dagster_commons", "registry", "init", "corp"], cwd=root, check=True)
            embedded.publish(root / "registry", (write_wheel(tmp_path / "wheels", "shared", "0.1.0", source=F),))
        elif source == "index":
            write_wheel(index.directory, "shared", "0.1.0", source=F)
            draw(root, {"commons.toml": f'[registries.corp]\nkind = "simple"\nurl = "{index.url}"\n'})
        draw(root, {"shared/src/shared/__init__.py": G})

        done = ended("shared==0.1.0", "shared", "--format", "json", at=root, **variables)

    assert done.returncode == 0, done.stderr
    assert [each for each in rules(json.loads(done.stdout)) if "version" not in each[1]][:2] == [
        ("removed", "shared.f"),
        ("added", "shared.g"),
    ]


def test_long_names_do_not_break_the_lines(tmp_path: Path) -> None:
    long = "a_module_with_a_name_that_nobody_should_have_given_to_it"
    name = "a_function_that_is_named_after_everything_that_it_does_and_some_more"
    text = f"def {name}({{}}) -> int:\n    return 1\n"
    old = {
        "__init__.py": f"from .{long}.inner import *\n",
        f"{long}/__init__.py": "",
        f"{long}/inner.py": text.format("a"),
    }
    new = {**old, f"{long}/inner.py": text.format("")}
    compared(tmp_path, old, new)

    said = ended("old/m", "new/m", at=tmp_path).stdout

    assert "parameter-removed" in said
    assert f"as m.{name}" in " ".join(said.split())
