"""An image of a bundle: built, looked into and booted, and nothing left with the builder, whatever happens."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from compared_fleet import COMMONS, FACTORY, Fleet, make_fleet
from environments import once_per_run
from image_builders import BASE_PYTHON, call, make_base, use_buildah, what_lacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LACKING = what_lacks()
pytestmark = [
    pytest.mark.image,
    pytest.mark.network,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(LACKING is not None, reason=LACKING or ""),
]

ASKS_WHO_IT_IS = """\
import os

import dagster as dg

from shared.factory import asset_factory

if os.getuid() == 10001:
    raise RuntimeError("not as that user")
defs = dg.Definitions(assets=[asset_factory("asset_1", "sales"), asset_factory("asset_2", "sales")])
"""
ASKS_FOR_A_VARIABLE = """\
import os

import dagster as dg

from shared.factory import asset_factory

defs = dg.Definitions(assets=[asset_factory(name, "sales") for name in os.environ["NAMES"].split()])
"""
SECONDS_TO_BUILD = 120


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = once_per_run(tmp_path_factory, "image-base", make_base)
    at = tmp_path_factory.mktemp("buildah")
    with pytest.MonkeyPatch.context() as patch:
        use_buildah(at, base, patch)
        yield at
    shutil.rmtree(at)


@pytest.fixture
def fleet(
    storage: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fleet]:
    """At its end the builder has what it had before, and no container."""
    drawn = once_per_run(tmp_path_factory, "image-fleet", make_fleet)
    shutil.copytree(drawn / "root", tmp_path / "root", symlinks=True)
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(drawn / "cache"))
    before = images()
    (storage / "building").unlink(missing_ok=True)
    yield Fleet(tmp_path / "root")
    assert images() == before
    assert call("buildah", "containers", "--all", "--quiet") == ""


def images() -> str:
    return call("buildah", "images", "--all", "--quiet", "--no-trunc")


def bundle(fleet: Fleet, *words: str) -> subprocess.CompletedProcess[str]:
    ended = fleet.run("bundle", "-l", "sales", "--python-version", BASE_PYTHON, *words)
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def made(fleet: Fleet) -> list[str]:
    return sorted(each.name for each in (fleet.root / "dist/bundles").glob("*"))


def text_inside(archive: Path, name: str) -> str:
    """A file of the image, read as whoever knows the format would."""
    with tarfile.open(archive) as opened:

        def blob(digest: str) -> tarfile.ExFileObject:
            return opened.extractfile(f"blobs/sha256/{digest.removeprefix('sha256:')}")  # type: ignore[return-value]

        index = json.load(opened.extractfile("index.json"))  # type: ignore[arg-type]
        manifest = json.load(blob(index["manifests"][0]["digest"]))
        with tarfile.open(fileobj=blob(manifest["layers"][-1]["digest"])) as layer:
            return layer.extractfile(name).read().decode()  # type: ignore[union-attr]


def test_an_image_is_built_without_a_network_and_boots(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFLINE", "1")
    fleet.write("sales/src/sales/definitions.py", ASKS_FOR_A_VARIABLE)
    fleet.write("commons.toml", '[locations.sales]\nenv = { NAMES = "asset_1 asset_2" }\n')
    ended = bundle(fleet, "--image", "--vendor-all", "--format", "json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    archive = fleet.root / "dist/bundles/sales.oci.tar"
    (document,) = json.loads(ended.stdout)["bundles"]
    assert document["image"] == {
        "file": "dist/bundles/sales.oci.tar",
        "builder": "buildah",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "booted": True,
    }
    assert made(fleet) == ["sales", "sales.oci.tar"]
    assert text_inside(archive, f"venv/lib/python{BASE_PYTHON}/site-packages/shared/factory.py") == FACTORY

    image = call("buildah", "pull", "--quiet", f"oci-archive:{archive}").strip()
    container = call("buildah", "from", "--pull=never", image).strip()
    try:
        asked = "import os, shared.factory; print(os.getuid(), shared.factory.__file__)"
        said = call("buildah", "run", container, "--", "python", "-c", asked)
        assert said.split() == ["10001", f"/venv/lib/python{BASE_PYTHON}/site-packages/shared/factory.py"]
    finally:
        call("buildah", "rm", container)
        call("buildah", "rmi", image)


def test_without_vendored_wheels_it_takes_a_network(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = bundle(fleet, "--image", "--no-proof")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "dist/bundles/sales.oci.tar: built by buildah, not booted: --no-proof" in ended.stdout
    assert "buildah pull oci-archive:dist/bundles/sales.oci.tar" in ended.stdout
    before = (fleet.root / "dist/bundles/sales.oci.tar").read_bytes()

    monkeypatch.setenv("OFFLINE", "1")
    ended = bundle(fleet, "--image", "--no-proof")
    assert ended.returncode == 4
    assert "buildah could not build the image of sales" in ended.stderr
    assert "pip install" in ended.stderr
    assert "--vendor-all" in ended.stderr
    assert made(fleet) == ["sales", "sales.oci.tar"]
    assert (fleet.root / "dist/bundles/sales.oci.tar").read_bytes() == before


def test_a_tampered_wheel_builds_no_image(fleet: Fleet) -> None:
    assert bundle(fleet, "--vendor-all", "--no-proof").returncode == 0
    directory = fleet.root / "dist/bundles/sales"
    wheel = next(directory.glob("wheels/shared-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"more")
    argv = ["buildah", "build", "--pull=never", "--tag", "localhost/tampered", str(directory)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert f"wheels/{wheel.name}: FAILED" in ended.stdout
    assert "localhost/tampered" not in call("buildah", "images")


def test_an_image_that_does_not_boot_is_refused(fleet: Fleet) -> None:
    fleet.write("sales/src/sales/definitions.py", ASKS_WHO_IT_IS)
    ended = bundle(fleet, "--image", "--vendor-all")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "the image of sales does not boot: the server ended with exit code 1" in ended.stderr
    assert "not as that user" in ended.stderr
    assert made(fleet) == []


def test_a_base_that_cannot_be_had(fleet: Fleet) -> None:
    ended = bundle(fleet, "--image", "--no-proof", "--base-image", "localhost:1/nothing:1")
    assert ended.returncode == 4
    assert "the base image localhost:1/nothing:1 cannot be had for linux/" in ended.stderr
    assert "--base-image IMAGE" in ended.stderr
    assert made(fleet) == []


def test_an_interrupted_build_leaves_nothing(fleet: Fleet, storage: Path) -> None:
    argv = [COMMONS, "bundle", "-l", "sales", "--python-version", BASE_PYTHON, "--vendor-all", "--image", "--no-proof"]
    process = subprocess.Popen(argv, cwd=fleet.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + SECONDS_TO_BUILD
    while not (storage / "building").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert (storage / "building").exists()
    assert made(fleet) == []
