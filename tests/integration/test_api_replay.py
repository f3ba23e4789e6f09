"""Releases of public libraries: no crash, nothing "removed" that can still be imported, no major where only code changed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dagster_commons.analysis.api.rules import RULES
from environments import make_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.network, pytest.mark.matrix]

PAIRS = (
    ("click", "8.0.4", "8.1.7"),
    ("attrs", "22.2.0", "24.2.0"),
    ("httpx", "0.26.0", "0.28.1"),
    ("requests", "2.28.2", "2.32.3"),
    ("rich", "12.6.0", "13.9.4"),
    ("packaging", "22.0", "24.2"),
    ("pluggy", "1.0.0", "1.5.0"),
    ("jinja2", "3.0.3", "3.1.6"),
    ("urllib3", "1.26.20", "2.0.7"),
    ("dagster", "1.12.22", "1.13.27"),
    ("dagster-dbt", "0.28.22", "0.29.27"),
)
BODIES_ALONE = (
    ("click", "8.1.6", "8.1.7"),
    ("rich", "13.9.3", "13.9.4"),
    ("jinja2", "3.1.5", "3.1.6"),
    ("requests", "2.32.2", "2.32.3"),
)
# Of each import path: the longest module of it that can be imported, then its attributes.
IMPORTING = """\
import importlib, json, sys, warnings
warnings.simplefilter("ignore")

def is_there(path):
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False

print(json.dumps([path for path in json.load(sys.stdin) if is_there(path)]))
"""


def _compared(name: str, old: str, new: str, at: Path) -> list[dict[str, Any]]:
    """The changes that `commons api` tells between two wheels."""
    wheels = []
    for version in (old, new):
        place = at / version
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*argv, "--dest", str(place), f"{name}=={version}"], check=True, stderr=subprocess.DEVNULL)
        wheels += [str(each) for each in place.glob("*.whl")]
    argv = [sys.executable, "-m", "dagster_commons", "api", *wheels, "--format", "json"]
    done = subprocess.run(argv, cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    changes: list[dict[str, Any]] = json.loads(done.stdout)["changes"]
    return changes


@pytest.mark.parametrize(("name", "old", "new"), PAIRS, ids=[each[0] for each in PAIRS])
def test_what_is_told_as_gone_cannot_be_imported(name: str, old: str, new: str, tmp_path: Path) -> None:
    changes = _compared(name, old, new, tmp_path)

    assert changes
    assert all(each["file"] and each["line"] >= 1 and each["rule"] in RULES for each in changes)
    told = [each for each in changes if each["rule"] in ("removed", "moved")]
    gone = [path for each in told if not each["message"].startswith("the attribute") for path in each["paths"]]
    environment = make_environment(tmp_path / "environment", f"{name}=={new}", *_BESIDE.get(name, ()))
    done = subprocess.run(
        [str(environment.python), "-c", IMPORTING], input=json.dumps(gone), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


# What optional modules of them import.
_BESIDE = {"urllib3": ("pysocks", "pyopenssl"), "httpx": ("h2",), "dagster": ("dagster-webserver==1.13.27",)}


@pytest.mark.parametrize(("name", "old", "new"), BODIES_ALONE, ids=[each[0] for each in BODIES_ALONE])
def test_nothing_is_major_where_only_bodies_changed(name: str, old: str, new: str, tmp_path: Path) -> None:
    changes = _compared(name, old, new, tmp_path)

    assert "body-changed" in {each["rule"] for each in changes}
    assert [each for each in changes if each["bump"] == "major"] == []


def test_dagsters_asset_is_compared_by_all_its_paths(tmp_path: Path) -> None:
    changes = _compared("dagster", "1.12.22", "1.13.27", tmp_path)

    assert "dagster.asset" in {path for each in changes for path in each["paths"]}
