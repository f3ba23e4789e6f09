"""What may not be released: one message and one exit code for each, nothing written, nothing published."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.indexes import embedded
from drawn_releases import EMBEDDED, FACTORY, PROJECT, commons, digests_in, draw_release, remote, state_of, versions_in
from faulty_proxy import Fault, at_upload, faulty
from git_fixtures import commit, git
from package_index import serving
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from package_index import PackageIndex

RELEASE = ("release", "shared==0.1.3")
SETUPTOOLS = """\
[project]
name = "shared"
version = "0.1.2"

[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
ext-modules = [{ name = "shared._fast", sources = ["src/fast.c"] }]
"""
FAST = """\
#include <Python.h>
static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "_fast" };
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_release(tmp_path / "repository")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    with serving(tmp_path / "packages") as served:
        yield served


def refused(root: Path, *words: str, code: int, **more: dict[str, str]) -> str:
    """What is said of a release that is refused; of the workspace and of what is kept, every byte is as before."""
    before = state_of(root)
    said = commons(root, *(words or RELEASE), code=code, **more)
    assert state_of(root) == before
    return said


@pytest.mark.parametrize("words", [("shared", "--bump", "minor"), ("shared",)])
def test_a_first_release_has_to_be_named(root: Path, words: tuple[str, ...]) -> None:
    said = refused(root, "release", *words, code=2)

    assert said.startswith("error: shared has not been released, so there is no version to bump\n")
    assert "hint: name the first one: commons release shared==0.1.2\n" in said


def test_a_registry_inside_the_project(root: Path) -> None:
    commit(root, {"commons.toml": EMBEDDED.replace('"registry"', '"shared/registry"'), "shared/registry/x.html": ""})

    said = refused(root, code=1)

    assert "registry corp lies inside the project of shared: every sdist would hold all others" in said
    assert "hint: move the registry, or the module into a directory of its own" in said


@pytest.mark.network
def test_compiled_code(root: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    commit(root, {"shared/pyproject.toml": SETUPTOOLS, "shared/src/fast.c": FAST})

    said = refused(root, code=1)

    assert "error: shared has compiled code: the wheel that can be built here fits cp3" in said
    assert "hint: build wheels for every platform (cibuildwheel) and publish them with uv publish" in said


def test_a_secret_that_only_the_sdist_holds(root: Path) -> None:
    included = PROJECT + '[tool.uv.build-backend]\nsource-include = ["notes.txt"]\n'
    secret = "token = ghp_" + "a1B2" * 9 + "\n"
    commit(root, {"shared/pyproject.toml": included, "shared/notes.txt": secret})

    said = refused(root, code=1)

    assert "error: shared-0.1.3.tar.gz would hold a secret: a GitHub token in notes.txt\n" in said
    assert "ghp_" not in said
    accepted = '[[accept]]\nrule = "REG011"\nobject = "notes.txt"\nbecause = "made up"\n'
    assert 'rule = "REG011", object = "notes.txt", because' in said
    commit(root, {"commons.toml": EMBEDDED + accepted})
    commons(root, *RELEASE)


def test_a_file_that_a_third_party_installs_too(root: Path, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "base", "1.0.0")
    with zipfile.ZipFile(wheel) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    record = members["base-1.0.0.dist-info/RECORD"] + b"tests/__init__.py,,\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in (members | {"base-1.0.0.dist-info/RECORD": record, "tests/__init__.py": b""}).items():
            archive.writestr(name, content)
    embedded.publish(root / "registry", (wheel,))
    text = PROJECT.replace("[build-system]", 'dependencies = ["base"]\n\n[build-system]')
    text += '[tool.uv.build-backend]\nmodule-name = ["shared", "tests"]\n'
    commit(root, {"shared/pyproject.toml": text, "shared/src/tests/__init__.py": ""})

    said = refused(root, code=1)

    assert "error: shared and base both install tests/__init__.py: the last one would win\n" in said
    assert "hint: one of them must not; a wheel should hold the project's own import package alone" in said


def test_a_build_that_fails(root: Path) -> None:
    git(root, "mv", "shared/src/shared", "shared/src/another")
    git(root, "commit", "--quiet", "--message", "moved")

    said = refused(root, code=4)

    assert said.startswith("error: shared cannot be built\n")
    assert "Expected a Python module at: src/shared/__init__.py" in said
    assert "twins" not in said


def test_a_name_that_is_spelled_in_another_way_is_the_same(root: Path) -> None:
    text = PROJECT.replace('"shared"', '"Acme.Shared_Lib"') + '[tool.uv.build-backend]\nmodule-name = "shared"\n'
    commit(root, {"shared/pyproject.toml": text})

    assert "release acme-shared-lib==0.1.3 to corp" in commons(root, "release", "Acme.Shared_Lib==0.1.3")
    assert git(root, "tag", "--list").strip() == "acme-shared-lib-v0.1.3"
    assert commons(root, "release", "acme-shared-lib==0.1.03").startswith("nothing to do")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (None, r"127\.0\.0\.1:\d+ asks for credentials\n"),
        ("nobody", r"127\.0\.0\.1:\d+ forbids it with these credentials \(UV_INDEX_CORP_USERNAME and _PASSWORD\)\n"),
    ],
)
def test_who_is_not_let_in(root: Path, index: PackageIndex, user: str | None, expected: str) -> None:
    commit(root, {"commons.toml": remote(index.url)})
    named = {"UV_INDEX_CORP_USERNAME": user, "UV_INDEX_CORP_PASSWORD": "wr0ng"} if user else {}

    said = refused(root, code=4, environment={**os.environ, "NETRC": os.devnull, **named})

    assert re.match(f"error: registry corp cannot be read: {expected}", said)
    assert "hint: uv takes them from UV_INDEX_CORP_USERNAME and UV_INDEX_CORP_PASSWORD\n" in said
    assert "wr0ng" not in said
    assert "not found" not in said
    assert list(index.directory.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("401 Unauthorized", "it refused the credentials (UV_INDEX_CORP_USERNAME"),
        ("403 Forbidden", "it forbids it to commons"),
    ],
)
def test_who_may_not_upload_leaves_nothing_and_who_may_publishes_the_same_bytes(
    root: Path, index: PackageIndex, status: str, expected: str
) -> None:
    environment = {**os.environ, **index.credentials("corp")}
    port = int(index.url.split(":")[2].partition("/")[0])
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    with faulty(port, at_upload(Fault(answer=answer))) as proxy:
        commit(root, {"commons.toml": remote(index.url.replace(str(port), str(proxy.port)))})
        before = state_of(root)
        wanted = f"error: shared 0.1.3 is not released: registry corp cannot be uploaded into: {expected}"
        # On a busy machine uv can meet the closed connection before it has read the answer.
        tries = (commons(root, *RELEASE, code=4, environment=environment) for _ in range(3))
        said = next((each for each in tries if wanted in each), "")

    assert wanted in said
    assert "run the command again: it goes on with the same bytes" in said
    after = state_of(root)
    assert (after.head, after.tags, after.staged, after.files) == (before.head, before.tags, "", before.files)
    assert after.kept == ("shared-0.1.3",)
    kept = digests_in(root / ".git/dagster-commons/releases/shared-0.1.3")
    assert list(index.directory.iterdir()) == []

    (root / "commons.toml").write_text(remote(index.url))
    assert "published shared==0.1.3 to corp" in commons(root, *RELEASE, environment=environment)
    assert digests_in(index.directory) == kept
    assert state_of(root).kept == ()


def test_a_server_that_is_down(root: Path, index: PackageIndex) -> None:
    commit(root, {"commons.toml": remote("http://127.0.0.1:9/simple/")})

    said = refused(root, code=4, environment={**os.environ, **index.credentials("corp")})

    assert said.startswith("error: registry corp cannot be read: ")
    assert "cannot be reached" in said


def test_a_version_that_somebody_else_published_with_other_bytes(root: Path, index: PackageIndex) -> None:
    write_wheel(index.directory, "shared", "0.1.3")
    commit(root, {"commons.toml": remote(index.url), "shared/src/shared/__init__.py": FACTORY})
    environment = {**os.environ, **index.credentials("corp")}

    said = refused(root, code=7, environment=environment)

    assert "registry corp has shared 0.1.3 already, with other bytes: shared-0.1.3-py3-none-any.whl has sha256" in said
    assert "hint: a released version never changes: release a higher one" in said
    assert versions_in(index.directory) == ["0.1.3"]
