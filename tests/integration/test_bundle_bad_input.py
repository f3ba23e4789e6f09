"""What cannot be bundled: said clearly, with the right exit code, and nothing left at the place of the bundle."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
import signal
import subprocess
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from builders import commit, make_repository, workspace
from bundles import COMMONS, INDEX, OWN_PYTHON, bundle, by_index, by_path, by_submodule
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from git_fixtures import clone
from package_index import PASSWORD, serving
from wheelhouse import write_sdist, write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bundles import Said

pytestmark = pytest.mark.usefixtures("local_remotes")
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
UV_BUILD = '[build-system]\nrequires = ["uv_build>=0.9,<1"]\nbuild-backend = "uv_build"\n'


def refused(root: Path, *words: str, exit_code: int = 1, **more: dict[str, str]) -> str:
    """What a bundle was refused with; nothing was made."""
    said: Said = bundle(root, *words, **more)
    assert said.exit_code == exit_code, said.out + said.err
    assert said.out == ""
    assert not (root / "dist").exists()
    assert "twins" not in said.err
    return said.err


def stale(root: Path) -> Path:
    by_path(root)
    file = root / "shared/pyproject.toml"
    file.write_text(file.read_text().replace("0.2.0", "0.3.0"))
    return root


def never_locked(root: Path) -> Path:
    by_path(root)
    (root / "sales/uv.lock").unlink()
    return root


def not_initialised(root: Path) -> Path:
    seed = by_submodule(root.parent / "seed/root")
    return clone(seed, root)


def without_uv(root: Path) -> Path:
    drawing = workspace(root).file("sales/setup.py", 'from setuptools import setup\n\nsetup(name="sales")\n')
    drawing.file("sales/sales/__init__.py", "").file(
        "workspace.yaml",
        "load_from:\n  - python_module:\n      module_name: sales\n      working_directory: sales\n      location_name: sales\n",
    )
    return drawing.repository().root


def not_a_package(root: Path) -> Path:
    by_path(root)
    file = root / "sales/pyproject.toml"
    file.write_text(file.read_text() + "\n[tool.uv]\npackage = false\n")
    uv(root / "sales", "lock")
    return root


def elsewhere(root: Path) -> Path:
    by_path(root)
    (root / "sales/other.py").write_text("defs = None\n")
    (root / "sales/pyproject.toml").write_text(
        (root / "sales/pyproject.toml")
        .read_text()
        .replace("[tool.dg]\ndirectory_type", "[tool.other]\ndirectory_type")
        .replace("[tool.dg.project]", "[tool.other.project]")
    )
    (root / "workspace.yaml").write_text(
        "load_from:\n  - python_file:\n      relative_path: sales/other.py\n      location_name: sales\n"
    )
    return root


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (stale, "sales cannot be bundled: its lock is stale: commons lock -l sales"),
        (never_locked, "sales cannot be bundled: it has no lock: commons lock -l sales"),
        (not_initialised, "hint: commons sync"),
        (without_uv, "hint: make it a uv project: a pyproject.toml with [project]"),
        (not_a_package, "sales is not installed by its own lock"),
        (elsewhere, "which Dagster is told to load, is in no wheel of the bundle"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_what_is_not_ready(tmp_path: Path, draw: Callable[[Path], Path], expected: str) -> None:
    assert expected in refused(draw(tmp_path / "root"), "-l", "sales")


def test_a_python_that_is_not_admitted(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")

    said = refused(root, "-l", "sales", "--python-version", "3.9", exit_code=2)
    assert "sales requires Python >=3.10: Python 3.9 will not do" in said


def test_a_build_that_fails_names_the_module_and_no_directory_of_ours(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    (root / "shared/src/shared/__init__.py").unlink()

    assert "shared cannot be built" in refused(root, "-l", "sales", exit_code=4)


@pytest.mark.network
def test_package_data_that_an_ignore_file_drops(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    file = root / "shared/pyproject.toml"
    file.write_text(file.read_text().replace(UV_BUILD, HATCHLING))
    (root / ".gitignore").write_text("data/\n")

    said = refused(root, "-l", "sales")

    assert "the wheel of shared lacks files of its import package: shared/data/greeting.txt" in said


@pytest.mark.network
def test_two_wheels_that_install_the_same_file(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    for name in ("shared", "sales"):
        file = root / name / "pyproject.toml"
        force = '\n[tool.hatch.build.targets.wheel.force-include]\n"pyproject.toml" = "pyproject.toml"\n'
        file.write_text(file.read_text().replace(UV_BUILD, HATCHLING) + force)

    assert "sales and shared both install pyproject.toml" in refused(root, "-l", "sales")


def test_a_released_wheel_for_another_target(tmp_path: Path) -> None:
    root = workspace(tmp_path / "root").location("sales", uses={"native==1.0": ""}, more=INDEX).root
    wheel = write_wheel(tmp_path / "wheels", "native", "1.0")
    embedded.initialise(root / "registry", names=())
    embedded.publish(
        root / "registry", (wheel.rename(wheel.with_name("native-1.0-cp312-cp312-musllinux_1_2_x86_64.whl")),)
    )
    uv(root / "sales", "lock")
    make_repository(root)

    target = ("--platform", "linux/amd64", "--python-version", "3.12")
    assert "native 1.0 has no wheel for linux/amd64, Python 3.12" in refused(root, "-l", "sales", *target)


def test_third_party_code_without_a_wheel_for_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_index(tmp_path / "packages") as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        write_sdist(tmp_path / "packages/source-only", "source-only", "1.0")
        windows = write_wheel(tmp_path / "packages/windows-only", "windows-only", "1.0")
        windows.rename(windows.with_name("windows_only-1.0-cp312-cp312-win_amd64.whl"))
        write_pages(tmp_path / "packages")
        roots = {}
        for name in ("source-only", "windows-only"):
            roots[name] = workspace(tmp_path / name).location("sales", uses={name: ""}).root
            uv(roots[name] / "sales", "lock")
            make_repository(roots[name])
        target = ("--platform", "linux/amd64", "--python-version", "3.12")

        said = refused(roots["windows-only"], "-l", "sales", *target)
        assert "no wheel for linux/amd64, Python 3.12: windows-only 1.0" in said
        assert "--platform, --python-version" in said

        said = refused(roots["source-only"], "-l", "sales", *target, "--vendor-all")
        assert "no wheel for linux/amd64, Python 3.12: source-only 1.0" in said
        assert "without --vendor-all the image build compiles it" in said
        made = bundle(roots["source-only"], "-l", "sales", *target)
        assert made.exit_code == 0, made.err
        assert "the image build compiles: source-only 1.0" in made.out


def test_an_index_that_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with open_index(tmp_path / "packages") as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        write_wheel(tmp_path / "packages/third", "third", "1.0")
        write_pages(tmp_path / "packages")
        root = workspace(tmp_path / "root").location("sales", uses={"third": ""}).root
        uv(root / "sales", "lock")
        make_repository(root)
        assert bundle(root, "-l", "sales", "--vendor-all", "-o", str(tmp_path / "made")).exit_code == 0
        assert [each.name for each in (tmp_path / "made/wheelhouse").glob("*.whl")] == ["third-1.0-py3-none-any.whl"]

    said = refused(root, "-l", "sales", "--vendor-all", exit_code=4)
    assert "third-1.0-py3-none-any.whl cannot be fetched" in said


def test_an_index_that_gives_no_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_index(tmp_path / "packages") as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        write_wheel(tmp_path / "packages/third", "third", "1.0")
        root = workspace(tmp_path / "root").location("sales", uses={"third": ""}).root
        uv(root / "sales", "lock")
        make_repository(root)
        assert "the lock has no hash of third==1.0" in refused(root, "-l", "sales")


def write_pages(directory: Path) -> None:
    """A page for each project that gives the hashes of its files."""
    for project in directory.iterdir():
        links = (
            f'<a href="{each.name}#sha256={hashlib.sha256(each.read_bytes()).hexdigest()}">{each.name}</a>'
            for each in project.iterdir()
        )
        (project / "index.html").write_text("<!DOCTYPE html>\n" + "\n".join(links))


@contextlib.contextmanager
def open_index(directory: Path) -> Iterator[str]:
    """The URL of an index that asks nobody for a password: every project a directory of files, or its own page."""
    directory.mkdir()
    handler = functools.partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that it has there
        pass


def test_a_released_file_that_is_another_than_the_lock_names(tmp_path: Path) -> None:
    root = by_index(tmp_path / "root")
    wheel = next((root / "registry").rglob("shared-*.whl"))
    wheel.chmod(0o644)
    wheel.write_bytes(wheel.read_bytes() + b"\0")

    assert f"{wheel.name} is another file than the lock names" in refused(root, "-l", "sales")

    wheel.unlink()
    assert f"{wheel.name} cannot be read" in refused(root, "-l", "sales", exit_code=4)


def test_a_registry_that_asks_for_credentials_or_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nothing").as_uri())
    with serving(tmp_path / "packages") as index:
        write_wheel(index.directory, "shared", "0.2.0")
        declared = f'\n[[tool.uv.index]]\nname = "corp"\nurl = "{index.url}"\n'
        drawing = workspace(tmp_path / "root").location("sales", uses={"shared==0.2.0": ""}, more=declared)
        root = drawing.file("commons.toml", 'modules = ["shared"]\n').root
        credentials = index.credentials("corp")
        uv(root / "sales", "lock", environment=credentials)
        make_repository(root)

        assert bundle(root, "-l", "sales", "-o", str(tmp_path / "made"), environment=credentials).exit_code == 0
        everything = b"".join(each.read_bytes() for each in (tmp_path / "made").rglob("*") if each.is_file())
        assert PASSWORD.encode() not in everything
        assert len(list((tmp_path / "made/wheels").glob("shared-0.2.0-*.whl"))) == 1
        assert (tmp_path / "made/requirements.txt").read_text() == ""
    said = refused(root, "-l", "sales", exit_code=4, environment=credentials)
    assert "cannot be reached" in said


def test_a_wrong_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nothing").as_uri())
    with serving(tmp_path / "packages") as index:
        write_wheel(index.directory, "shared", "0.2.0")
        declared = f'\n[[tool.uv.index]]\nname = "corp"\nurl = "{index.url}"\n'
        root = workspace(tmp_path / "root").location("sales", uses={"shared==0.2.0": ""}, more=declared).root
        uv(root / "sales", "lock", environment=index.credentials("corp"))
        make_repository(root)

        wrong = {"UV_INDEX_CORP_USERNAME": "commons", "UV_INDEX_CORP_PASSWORD": "wr0ng-w0rd"}
        said = refused(root, "-l", "sales", exit_code=4, environment=wrong)

        assert "refused the credentials" in said
        assert "wr0ng-w0rd" not in said


def test_a_pinned_commit_that_nobody_else_can_get_is_said(tmp_path: Path) -> None:
    root = by_submodule(tmp_path / "work/root")
    (root / "vendor/shared/src/shared/more.py").write_text("")
    for repository in (root / "vendor/shared", root):
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", "not pushed")

    said = bundle(root, "-l", "sales")

    assert said.exit_code == 0, said.err
    assert "warning: shared: its pinned commit is on no remote branch that is known here; push it" in said.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_the_earlier_bundle(tmp_path: Path, number: int) -> None:
    root = by_path(tmp_path / "root")
    assert bundle(root, "-l", "sales").exit_code == 0
    before = sorted(each.name for each in (root / "dist/bundles").iterdir())
    hook = "import time\nfrom pathlib import Path\nPath({!r}).touch()\ntime.sleep(60)\n".format(
        str(tmp_path / "building")
    )
    backend = '[build-system]\nrequires = []\nbuild-backend = "slow"\nbackend-path = ["."]\n'
    file = root / "shared/pyproject.toml"
    file.write_text(file.read_text().replace(UV_BUILD, backend))
    (root / "shared/slow.py").write_text(
        f"def get_requires_for_build_sdist(config_settings=None):\n{_indented(hook)}    return []\n"
    )

    running = subprocess.Popen(
        [COMMONS, "bundle", "-l", "sales", "--no-proof", "--python-version", OWN_PYTHON],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "building").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(number)
    _, said = running.communicate(timeout=30)

    assert (running.returncode, "interrupted" in said) == (130, True), said
    assert sorted(each.name for each in (root / "dist/bundles").iterdir()) == before
    assert (root / "dist/bundles/sales/bundle.json").is_file()


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def test_a_module_that_cannot_be_built_fails_every_bundle_that_needs_it_once(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    shutil.copytree(root / "sales", root / "ops")
    for file in (root / "ops/pyproject.toml", root / "ops/uv.lock"):
        file.write_text(file.read_text().replace('"sales"', '"ops"').replace("sales.", "ops."))
    (root / "ops/src/sales").rename(root / "ops/src/ops")
    file = root / "shared/pyproject.toml"
    file.write_text(file.read_text().replace('build-backend = "', 'build-backend = "no_such_'))
    commit(root, "broken")

    said = bundle(root, "--all", "--format", "json")

    assert said.exit_code == 4, said.out + said.err
    failed = {each["location"]["name"]: each for each in json.loads(said.out)["bundles"]}
    assert {name: each["outcome"] for name, each in failed.items()} == {"ops": "failed", "sales": "failed"}
    assert all("shared cannot be built" in each["error"]["message"] for each in failed.values())


def test_a_dry_run_of_several_tells_those_that_cannot_be_bundled(tmp_path: Path) -> None:
    root = workspace(by_path(tmp_path / "root")).location("ops").root

    said = bundle(root, "--all", "--dry-run")

    assert said.exit_code == 1
    assert "planned, nothing written: sales into dist/bundles/sales" in said.out
    assert "failed: ops: ops cannot be bundled: it has no lock: commons lock -l ops" in said.out
    assert json.loads(bundle(root, "--base", "HEAD", "-l", "sales", "--format", "json").out)["bundles"] == []
