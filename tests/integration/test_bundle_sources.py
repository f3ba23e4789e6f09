"""From every source: bundled and proven, the development tree renamed away, installed offline, booted, compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.uv import uv
from environments import once_per_run
from served_bundles import SOURCES, bundle, by_path, install, served, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.network,
    pytest.mark.matrix,
    pytest.mark.usefixtures("local_remotes"),
    pytest.mark.timeout(600),
]

VENDORED = "path"  # the one that is installed with all that it needs in the bundle
VERSIONS = {"base": "0.3.0", "extra": "0.1.0", "sales": "0.1.0", "shared": "0.2.0"}


@pytest.fixture
def developed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A development tree in `root` and in `definitions` what its editable environment serves, whatever the source."""

    def make(place: Path) -> None:
        project = by_path(place / "root") / "sales"
        uv(project, "sync", "--quiet")
        command = ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", "sales.definitions"]  # noqa: S104
        (project / "bundle.json").write_text(json.dumps({"command": command}))
        with serving(project, project / ".venv", place / "nowhere") as port:
            definitions, versions = served(port, project / ".venv/bin/python", place)
        assert "sales" not in versions  # nothing but a bundle tells them
        (place / "definitions").write_text(definitions)

    return once_per_run(tmp_path_factory, "developed-sales", make)


@pytest.fixture
def _one_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sources have the same third-party closure."""
    monkeypatch.setenv(
        "DAGSTER_COMMONS_CACHE", str(once_per_run(tmp_path_factory, "cache-of-sources", lambda at: at.mkdir()))
    )


@pytest.mark.usefixtures("_one_cache")
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_served_without_the_tree_is_what_the_tree_defines(tmp_path: Path, source: str, developed: Path) -> None:
    root, made = SOURCES[source](tmp_path / "work/root"), tmp_path / "made"
    more = ("--vendor-all",) if source == VENDORED else ()

    ended = bundle(root, "-l", "sales", "-o", str(made), "--format", "json", *more)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    (document,) = json.loads(ended.stdout)["bundles"]
    assert (document["outcome"], document["verdict"]["verdict"]) == ("applied", "unchanged")
    assert document["verdict"]["code"] == []
    kinds = {each["name"]: each["source"] for each in document["first_party"] if each["source"] != "commons"}
    assert kinds == {**dict.fromkeys(VERSIONS, source), "sales": "location"}

    (tmp_path / "work").rename(tmp_path / "gone")
    environment = tmp_path / "environment"
    compiled = developed / "root/sales/.venv/bin/python"
    install(made, environment, is_vendored=source == VENDORED, compiled=compiled)
    with serving(made, environment, tmp_path / "nowhere") as port:
        definitions, versions = served(port, environment / "bin/python", tmp_path)

    assert definitions == (developed / "definitions").read_text()
    assert VERSIONS.items() <= versions.items()
