"""`commons upgrade` with Dagster: the definitions decide for each code location by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builders import Drawing, commit, draw, make_repository, project_text, workspace
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv

COMMONS = Path(sys.executable).with_name("commons")
FACTORY = """
    import dagster as dg


    def asset_factory(name, prefix=None):
        @dg.asset(name=name, key_prefix={prefix})
        def build():
            return {value}

        return build
"""
DEFINITIONS = """
    import dagster as dg
    from shared.factory import asset_factory

    defs = dg.Definitions(assets=[asset_factory("asset_1"{prefix})])
"""


def shared(directory: Path, version: str, *, prefix: str, value: int) -> None:
    draw(
        directory,
        {
            "pyproject.toml": project_text("shared", version=version, uses={"dagster": ""}),
            "src/shared/__init__.py": "",
            "src/shared/factory.py": FACTORY.format(prefix=prefix, value=value),
        },
    )
    make_repository(directory, message=version)
    git(directory, "tag", f"v{version}")


def location(drawing: Drawing, name: str, remote: Path, prefix: str) -> None:
    source = f'{{ git = "file://{remote}", tag = "v0.1.0" }}'
    drawing.location(name, uses={"shared": source, "dagster": ""})
    drawing.file(f"{name}/src/{name}/definitions.py", DEFINITIONS.format(prefix=prefix))
    uv(drawing.root / name, "lock")


@pytest.mark.network
def test_the_location_that_would_lose_an_asset_stays_and_the_other_is_upgraded(tmp_path: Path) -> None:
    remote = tmp_path / "shared"
    shared(remote, "0.1.0", prefix="prefix", value=1)
    shared(remote, "0.2.0", prefix="None", value=2)
    drawing = workspace(tmp_path / "root")
    location(drawing, "plain", remote, "")
    location(drawing, "prefixed", remote, ', prefix="prefixed"')
    make_repository(drawing.root)
    before = {name: (drawing.root / name / "uv.lock").read_bytes() for name in ("plain", "prefixed")}
    words = [COMMONS, "upgrade", "shared==0.2.0", "--commit", "--format", "json"]
    ended = subprocess.run(words, cwd=drawing.root, capture_output=True, text=True, check=False)
    document = json.loads(ended.stdout)
    assert ended.returncode == 1, ended.stderr
    assert document["outcome"] == "applied"
    assert {each["location"]: each["state"] for each in document["upgrades"]} == {
        "plain": "upgraded",
        "prefixed": "refused",
    }
    verdicts = {each["name"]: each for each in document["verdicts"]}
    assert verdicts["plain"]["verdict"] == "unchanged"
    assert [each["function"] for each in verdicts["plain"]["code"]]
    assert (verdicts["prefixed"]["verdict"], verdicts["prefixed"]["severity"]) == ("changed", "breaking")
    assert (drawing.root / "prefixed/uv.lock").read_bytes() == before["prefixed"]
    assert (drawing.root / "plain/uv.lock").read_bytes() != before["plain"]
    message = git(drawing.root, "log", "-1", "--format=%B").text
    assert message == "Upgrade shared to 0.2.0\n\nplain: shared 0.1.0 → 0.2.0, same definitions\n\n"
    commit(drawing.root, "nothing of ours is left over")
    assert git(drawing.root, "show", "--name-only", "--format=", "HEAD").text == ""
