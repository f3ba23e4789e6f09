"""Which program builds an image is known before anything else is done."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from bundles import bundle, by_path

if TYPE_CHECKING:
    from pathlib import Path

SILENT = "#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 1\n"
ANSWERS = "#!/bin/sh\ncase \"$1\" in info) exit 0;; *) echo 'nothing is built here' >&2; exit 3;; esac\n"


def program(directory: Path, name: str, text: str) -> None:
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(text)
    (directory / name).chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """None of them answers."""
    at = tmp_path / "programs"
    for each in ("docker", "podman", "buildah"):
        program(at, each, SILENT)
    monkeypatch.setenv("PATH", f"{at}{os.pathsep}{os.environ['PATH']}")
    return at


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("words", [("--image",), ("--image", "--dry-run")])
def test_without_a_builder_nothing_is_begun(tmp_path: Path, words: tuple[str, ...]) -> None:
    root = by_path(tmp_path / "root")
    said = bundle(root, "-l", "sales", *words)
    assert said.exit_code == 1
    assert "there is no program here that builds images" in said.err
    for each in ("docker", "podman", "buildah"):
        assert f"{each}: Cannot connect to the daemon" in said.err
    assert "install podman or buildah" in said.err
    assert not (root / "dist").exists()


def test_dry_run_says_the_command(tmp_path: Path, programs: Path) -> None:
    program(programs, "buildah", ANSWERS)
    root = by_path(tmp_path / "root")
    words = ("-l", "sales", "--image", "--dry-run", "--platform", "linux/arm64")
    said = bundle(root, *words)
    assert said.exit_code == 0, said.err
    (line,) = (each for each in said.out.splitlines() if each.startswith("dist/bundles/sales.oci.tar by: "))
    assert re.search(r"buildah build .*--platform linux/arm64 --tag localhost/\S+ dist/bundles/sales$", line)

    document = json.loads(bundle(root, *words, "--format", "json").out)["bundles"][0]["image"]
    assert (document["file"], document["builder"]) == ("dist/bundles/sales.oci.tar", "buildah")
    assert document["command"][-1] == "dist/bundles/sales"
    assert "| sales | location, built from sales |" in (shown := bundle(root, *words, "--format", "markdown").out)
    assert "dist/bundles/sales.oci.tar by: buildah build" in shown
    assert not (root / "dist").exists()


def test_what_is_no_archive_is_left_alone(tmp_path: Path, programs: Path) -> None:
    program(programs, "buildah", ANSWERS)
    root = by_path(tmp_path / "root")
    other = root / "dist/bundles/sales.oci.tar"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    said = bundle(root, "-l", "sales", "--image")
    assert said.exit_code == 1
    assert "dist/bundles/sales.oci.tar is there already and is no OCI archive" in said.err
    assert other.read_text() == "mine"


def test_a_builder_that_fails_leaves_the_earlier_bundle(tmp_path: Path, programs: Path) -> None:
    program(programs, "buildah", ANSWERS)
    root = by_path(tmp_path / "root")
    assert bundle(root, "-l", "sales").exit_code == 0
    before = (root / "dist/bundles/sales/bundle.json").read_bytes()
    (root / "shared/src/shared/data/greeting.txt").write_text("hello again")
    said = bundle(root, "-l", "sales", "--image")
    assert said.exit_code == 4
    assert "the base image python:" in said.err
    assert "nothing is built here" in said.err
    assert "--base-image IMAGE" in said.err
    assert [each.name for each in (root / "dist/bundles").iterdir()] == ["sales"]
    assert (root / "dist/bundles/sales/bundle.json").read_bytes() == before
