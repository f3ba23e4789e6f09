"""What uv makes of the embedded registry, written as `add` writes it: relative, first, not explicit, no source."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import uv
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.process import Completed

INDEX = '[[tool.uv.index]]\nname = "corp"\nurl = "./registry"\n'


class Checkout:
    """A consumer's repository with a registry inside, and a second local index that plays the public one."""

    def __init__(self, root: Path) -> None:
        self.root = root / "checkout"
        self.registry = self.root / "registry"
        self.public = root / "public"
        self.wheels = root / "wheels"
        self.environment = {
            "UV_DEFAULT_INDEX": self.public.as_uri(),
            "UV_CACHE_DIR": str(root / "cache"),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        embedded.initialise(self.registry, names=("shared", "base"))
        embedded.initialise(self.public, names=())

    def release(self, name: str, version: str, *requires: str) -> None:
        wheel = write_wheel(self.wheels, name, version, requires=requires, source="origin = 'private'\n")
        embedded.publish(self.registry, (wheel,))

    def publish_stranger(self, name: str, version: str) -> None:
        wheel = write_wheel(self.wheels / "strangers", name, version, source="origin = 'stranger'\n")
        embedded.publish(self.public, (wheel,))

    def consumer(self, *dependencies: str, directory: str = ".", tables: str = INDEX) -> Path:
        project = self.root / directory
        project.mkdir(exist_ok=True)
        (project / "pyproject.toml").write_text(
            f'[project]\nname = "consumer-{len(directory)}"\nversion = "0"\nrequires-python = ">=3.11"\n'
            f"dependencies = {list(dependencies)}\n{tables}"
        )
        return project

    def uv(self, *arguments: str, at: Path | None = None) -> Completed:
        return uv(at or self.root, *arguments, environment=self.environment, check=False)

    def locked(self) -> dict[str, dict[str, object]]:
        """The packages of `uv.lock` after `uv lock`, by name."""
        completed = self.uv("lock")
        assert completed.exit_code == 0, completed.error_text
        packages = tomllib.loads((self.root / "uv.lock").read_text())["package"]
        return {package["name"]: package for package in packages}

    def installed(self, module: str, *, at: Path | None = None) -> str:
        """`uv sync --locked`, then where the import comes from and its version."""
        directory = at or self.root
        synced = self.uv("sync", "--locked", at=directory)
        assert synced.exit_code == 0, synced.error_text
        program = f"import {module} as it; print(it.origin, it.__version__)"
        return run(Command(argv=(str(directory / ".venv/bin/python"), "-c", program))).text.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_lock_is_portable_and_syncs_in_another_checkout(checkout: Checkout, tmp_path: Path) -> None:
    checkout.release("shared", "0.1.3")
    checkout.consumer("shared==0.1.3")

    packages = checkout.locked()

    assert packages["shared"]["source"] == {"registry": "registry"}
    assert str(tmp_path) not in (checkout.root / "uv.lock").read_text()
    elsewhere = tmp_path / "some" / "deeper place"
    elsewhere.parent.mkdir()
    shutil.move(checkout.root, elsewhere)
    checkout.environment["UV_CACHE_DIR"] = str(tmp_path / "fresh cache")
    assert checkout.installed("shared", at=elsewhere) == "private 0.1.3"


def test_lock_holds_the_digest_of_the_wheel(checkout: Checkout) -> None:
    checkout.release("shared", "0.1.3")
    checkout.consumer("shared==0.1.3")

    (wheel,) = checkout.locked()["shared"]["wheels"]

    content = (checkout.registry / wheel["path"]).read_bytes()
    assert wheel["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_transitive_private_dependency_resolves_privately_though_the_public_version_is_higher(
    checkout: Checkout,
) -> None:
    checkout.release("base", "1.0.0")
    checkout.release("shared", "0.1.3", "base>=1")
    checkout.publish_stranger("base", "99.0.0")
    checkout.consumer("shared==0.1.3")

    base = checkout.locked()["base"]

    assert (base["version"], base["source"]) == ("1.0.0", {"registry": "registry"})
    assert checkout.installed("base") == "private 1.0.0"


def test_names_that_the_registry_does_not_know_come_from_the_public_index(checkout: Checkout) -> None:
    checkout.release("shared", "0.1.3", "thirdparty")
    checkout.publish_stranger("thirdparty", "2.0")
    checkout.consumer("shared==0.1.3")

    thirdparty = checkout.locked()["thirdparty"]

    assert (thirdparty["version"], thirdparty["source"]) == ("2.0", {"registry": str(checkout.public)})


def test_reserved_name_without_versions_fails_clearly_instead_of_taking_a_strangers(checkout: Checkout) -> None:
    checkout.publish_stranger("shared", "99.0.0")
    checkout.consumer("shared")

    refused = checkout.uv("lock")

    assert refused.exit_code == 1
    assert "no versions of shared" in refused.error_text
    assert not (checkout.root / "uv.lock").exists()


def test_without_the_reservation_page_the_stranger_would_win(checkout: Checkout) -> None:
    """The control of the test above: it is the page that stops uv, nothing else."""
    shutil.rmtree(checkout.registry / "shared")
    checkout.publish_stranger("shared", "99.0.0")
    checkout.consumer("shared")

    assert checkout.locked()["shared"]["version"] == "99.0.0"


def test_wheel_with_other_bytes_is_refused_by_its_digest(checkout: Checkout, tmp_path: Path) -> None:
    checkout.release("shared", "0.1.3")
    checkout.consumer("shared==0.1.3")
    checkout.locked()
    shutil.copy(
        write_wheel(tmp_path / "tampered", "shared", "0.1.3", source="origin = 'tampered'\n"),
        checkout.registry / "shared/shared-0.1.3-py3-none-any.whl",
    )

    refused = checkout.uv("sync", "--locked")

    assert refused.exit_code != 0
    assert "Hash mismatch" in refused.error_text or "hash" in refused.error_text.lower()
    assert [each.file.name for each in embedded.verify(checkout.registry)] == ["shared-0.1.3-py3-none-any.whl"]


def test_in_a_uv_workspace_the_index_stands_at_the_root_and_serves_every_member(checkout: Checkout) -> None:
    checkout.release("shared", "0.1.3")
    checkout.publish_stranger("shared", "99.0.0")
    checkout.consumer(tables=f'{INDEX}[tool.uv.workspace]\nmembers = ["sales"]\n')
    checkout.consumer("shared", directory="sales", tables="")

    shared = checkout.locked()["shared"]

    assert (shared["version"], shared["source"]) == ("0.1.3", {"registry": "registry"})


def test_in_a_uv_workspace_member_the_index_is_ignored_and_the_stranger_wins(checkout: Checkout) -> None:
    """Why `add` writes the index to the uv workspace root; uv says nothing."""
    checkout.release("shared", "0.1.3")
    checkout.publish_stranger("shared", "99.0.0")
    checkout.consumer(tables='[tool.uv.workspace]\nmembers = ["sales"]\n')
    checkout.consumer("shared", directory="sales", tables=INDEX.replace("./registry", "../registry"))

    assert checkout.locked()["shared"]["version"] == "99.0.0"


def test_yanked_version_is_taken_only_when_pinned(checkout: Checkout) -> None:
    checkout.release("shared", "0.1.3")
    checkout.release("shared", "0.2.0")
    page = checkout.registry / "shared/index.html"
    page.write_text(page.read_text().replace(">shared-0.2.0", ' data-yanked="loses an asset">shared-0.2.0'))

    checkout.consumer("shared")
    assert checkout.locked()["shared"]["version"] == "0.1.3"
    checkout.consumer("shared==0.2.0")
    assert checkout.locked()["shared"]["version"] == "0.2.0"


def test_requires_python_on_the_page_and_in_the_metadata_is_obeyed(checkout: Checkout) -> None:
    for version, python in (("0.1.3", ">=3.9"), ("0.2.0", ">=3.99")):
        wheel = write_wheel(checkout.wheels, "shared", version, requires_python=python, source="origin = 'private'\n")
        embedded.publish(checkout.registry, (wheel,))
    checkout.consumer("shared")
    checkout.locked()

    assert checkout.installed("shared") == "private 0.1.3"


@pytest.mark.parametrize("version", ["0.1.3+team.1", "1!2.0", "0.2.0.post1.dev3"])
def test_versions_that_need_quoting_in_links(checkout: Checkout, version: str) -> None:
    checkout.release("shared", version)
    checkout.consumer(f"shared=={version}")

    assert checkout.locked()["shared"]["version"] == version
    assert checkout.installed("shared") == f"private {version}"


def test_exclude_newer_sees_when_a_file_was_released(checkout: Checkout) -> None:
    checkout.release("shared", "0.1.3")
    checkout.consumer("shared==0.1.3")

    assert checkout.uv("lock", "--exclude-newer", "2999-01-01").exit_code == 0
    refused = checkout.uv("lock", "--exclude-newer", "2001-01-01")

    assert refused.exit_code == 1
    assert "published after the exclude newer time" in refused.error_text
