"""A missing or stale lock is what `commons lock` mends: it must not refuse because of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders import commit, make_repository
from dagster_commons.tools.uv import uv

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/path"
COMMONS = Path(sys.executable).with_name("commons")

pytestmark = [pytest.mark.network, pytest.mark.timeout(300)]


@pytest.fixture(params=["missing", "stale"])
def example(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example by path, with Dagster, its lock missing or stale; verdicts refuse what they refuse by default."""
    monkeypatch.delenv("COMMONS_FAIL_ON")
    shutil.copytree(EXAMPLE, tmp_path / "example")
    made = make_repository(tmp_path / "example")
    if request.param == "stale":
        uv(made / "sales", "lock")
        project = made / "sales/pyproject.toml"
        project.write_text(project.read_text().replace('"dagster>=1.13"', '"dagster>=1.13", "packaging"'))
    return commit(made, "as it is found")


def test_lock_is_not_refused_for_what_it_mends(example: Path) -> None:
    ended = subprocess.run([COMMONS, "lock"], cwd=example, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "\nsales  same definitions\n" in ended.stdout
    assert uv(example / "sales", "lock", "--check", check=False).exit_code == 0
