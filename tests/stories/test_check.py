"""`commons check` on the layout of the best public user of shared code, and where nothing is wrong."""

from __future__ import annotations

import json
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from builders import commit, draw, make_repository, project_text
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.templates import LEFT_BY_TOOLS
from dagster_commons.tools.uv import uv
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stories.conftest import Said

    Commons = Callable[..., Said]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = (
    "canvas",
    "data_loading",
    "data_platform",
    "edxorg",
    "lakehouse",
    "learning_resources",
    "legacy_openedx",
    "openedx",
    "student_risk",
    "superset",
)
CURRENT = "superset"
PACKAGES = tuple(f"package-{letter}" for letter in "abcdefghijklmnop")
BEFORE, AFTER = PACKAGES[:14], PACKAGES
SOURCE = '{ path = "../../packages/ol-lib", editable = true }'
DOCKERFILE = """\
# Built from the root of the repository:
#   docker build -f dg_projects/{name}/Dockerfile .

FROM python:3.13-slim AS build

ENV UV_LINK_MODE=copy \\
    UV_COMPILE_BYTECODE=1 \\
    UV_PYTHON_DOWNLOADS=never

RUN apt-get update \\
    && apt-get install -y --no-install-recommends git \\
    && rm -rf /var/lib/apt/lists/*

COPY --from=registry.example.com/astral-sh/uv:latest /uv /usr/local/bin/uv

WORKDIR /app

# What is shared
COPY packages/ol-lib /app/packages/ol-lib

# The code location
COPY dg_projects/{name} /app/dg_projects/{name}

WORKDIR /app/dg_projects/{name}

# Everything that the lock names
RUN --mount=type=cache,target=/root/.cache/uv \\
    uv sync --frozen --no-dev

FROM python:3.13-slim
COPY --from=build /app /app
WORKDIR /app/dg_projects/{name}
CMD ["dagster", "api", "grpc", "-m", "{name}.definitions", "-p", "4000"]
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """An index on loopback, because a directory's locks would have an absolute path."""
    public = tmp_path / "public"
    embedded.initialise(public, names=())
    embedded.publish(public, tuple(write_wheel(tmp_path / "wheels", each, "1.0") for each in PACKAGES))
    handler = partial(SilentHandler, directory=str(public))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base has
        del format, args


@pytest.fixture
def platform(tmp_path: Path, index: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten locations and a library by editable path, each with its own lock, of which one was made anew since."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", index)
    root = tmp_path / "ol-data-platform"
    members = '[tool.uv.workspace]\nmembers = []\nexclude = ["dg_projects/*", "packages/*"]\n'
    draw(root, {"pyproject.toml": f'[project]\nname = "root"\nversion = "0"\nrequires-python = ">=3.10"\n\n{members}'})
    draw(root, {"packages/ol-lib/src/ol_lib/__init__.py": ""})
    library(root, BEFORE)
    for name in NAMES:
        location(root, name)
        uv(root / "dg_projects" / name, "lock")
    library(root, AFTER)
    uv(root / "dg_projects" / CURRENT, "lock")
    return make_repository(root)


def library(root: Path, packages: tuple[str, ...]) -> None:
    draw(
        root,
        {"packages/ol-lib/pyproject.toml": project_text("ol-lib", version="0.1.0", uses=dict.fromkeys(packages, ""))},
    )


def location(root: Path, name: str) -> None:
    table = f'[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "{name}"\n'
    text = project_text(name.replace("_", "-"), version="0.1.0", uses={"ol-lib": SOURCE}, more=table)
    files = {
        "pyproject.toml": text,
        "Dockerfile": DOCKERFILE.format(name=name),
        f"src/{name}/__init__.py": "",
        f"src/{name}/definitions.py": "from ol_lib import resources\n",
    }
    for path, content in files.items():
        file = root / "dg_projects" / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")


def without_seconds(text: str) -> str:
    return re.sub(r"\d+\.\d s$", "0.4 s", text, flags=re.MULTILINE)


def test_nine_of_ten_locks_are_stale_and_the_images_install_them_anyway(commons: Commons, platform: Path) -> None:
    assert "uv sync --frozen" in (platform / "dg_projects/canvas/Dockerfile").read_text().splitlines()[27]

    said = commons("check", at="ol-data-platform")

    assert said.exit_code == 1
    assert without_seconds(said.out) == dedent(
        """\
        10 locations · 1 shared module · nothing imported, nothing written · 0.4 s
        9 errors · 10 warnings
        error LOCK001  9 of 10 locks are stale
          dg_projects/canvas/uv.lock        says ol-lib needs 14 packages, it needs 16
          dg_projects/canvas/Dockerfile:28  `uv sync --frozen` installs it anyway
          …8 more                           commons lock
        warning LOCK003  frozen lock that nothing checks
          dg_projects/canvas/Dockerfile:28         `uv sync --frozen`, no lock check
          dg_projects/data_loading/Dockerfile:28   `uv sync --frozen`, no lock check
          dg_projects/data_platform/Dockerfile:28  `uv sync --frozen`, no lock check
          …7 more
                                              uv sync --locked, or uv lock --check first
        """
    )


def test_every_stale_lock_and_every_frozen_line_is_in_the_document(commons: Commons, platform: Path) -> None:
    document = json.loads(commons("check", "--format", "json", at="ol-data-platform").out)
    found = {(each["rule"], each["file"], each["line"]) for each in document["findings"]}
    stale = {("LOCK001", f"dg_projects/{name}/uv.lock", None) for name in NAMES if name != CURRENT}
    frozen = {("LOCK003", f"dg_projects/{name}/Dockerfile", 28) for name in NAMES}
    assert found == stale | frozen
    assert document["skipped"] == []
    del platform


def test_a_lock_check_in_ci_counts_for_the_images(commons: Commons, platform: Path) -> None:
    draw(platform, {".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: uv lock --check\n"})
    commit(platform, "check")
    document = json.loads(commons("check", "--select", "LOCK003", "--format", "json", at="ol-data-platform").out)
    assert document["findings"] == []


@pytest.mark.network
def test_a_fresh_project_of_create_dagster_with_a_module_by_path(commons: Commons, tmp_path: Path) -> None:
    root = tmp_path / "fresh"
    root.mkdir()
    tool = ("tool", "run", "--from", "create-dagster", "create-dagster", "project", "sales", "--no-uv-sync")
    uv(root, *tool)
    assert commons("new", "shared", at="fresh").exit_code == 0
    pyproject = root / "sales/pyproject.toml"
    text = pyproject.read_text()
    assert "dependencies = [\n" in text
    wired = text.replace("dependencies = [\n", 'dependencies = [\n    "shared",\n', 1)
    pyproject.write_text(f'{wired}\n[tool.uv.sources]\nshared = {{ path = "../shared", editable = true }}\n')
    draw(root / "sales", {"src/sales/defs/assets.py": "from shared.factory import asset_factory\n"})
    make_repository(root)

    document = json.loads(commons("check", "--format", "json", at="fresh").out)

    assert [(each["rule"], each["subject"]) for each in document["findings"]] == [("LOCK002", "sales")]
    assert document["skipped"] == [{"reason": "sales has no lock that says which Dagster it has", "rule": "SRC011"}]


@pytest.mark.parametrize("example", ["path", "submodule", "index"])
def test_an_example_has_no_lock_yet_and_nothing_else_is_wrong(commons: Commons, tmp_path: Path, example: str) -> None:
    shutil.copytree(EXAMPLES / example, tmp_path / "copy", ignore=shutil.ignore_patterns(*LEFT_BY_TOOLS))
    make_repository(tmp_path / "copy")
    document = json.loads(commons("check", "--offline", "--format", "json", at="copy").out)
    # Their READMEs add the submodule, and make the registry.
    told = {"path": {"LOCK002"}, "submodule": {"LOCK002", "SRC002"}, "index": {"LOCK002", "REG015"}}[example]
    assert {each["rule"] for each in document["findings"]} == told
