"""`commons add` writes exactly the lines that the examples show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_commons.model.project import Project
from dagster_commons.plans.wiring import (
    EmbeddedIndexWiring,
    PathWiring,
    RemoteIndexWiring,
    Texts,
    Wiring,
    add_requirement,
    write_source,
)

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def wired(project: Path, wiring: Wiring) -> str:
    """The example's pyproject.toml without its lines on `shared`, then wired."""
    text, _, _ = (project / "pyproject.toml").read_text().partition("\n[tool.uv.sources]")
    text, _, _ = text.partition("\n[[tool.uv.index]]")
    bare = re.sub(r'^    "shared.*",\n', "", text, flags=re.MULTILINE)
    assert "shared" not in bare
    described = Project(directory=project, file=project / "pyproject.toml", name=project.name, manager="uv")
    texts = Texts(project=described, own=bare, root=bare, root_directory=project)
    return write_source(add_requirement(texts, "shared", wiring), "shared", wiring).own


@pytest.mark.parametrize(
    ("location", "wiring"),
    [
        ("path/sales", PathWiring(directory=EXAMPLES / "path/shared")),
        ("submodule/marketing", PathWiring(directory=EXAMPLES / "submodule/marketing/shared")),
        (
            "index/finance",
            EmbeddedIndexWiring(version="0.1.3", index="acme", directory=EXAMPLES / "index/finance/registry"),
        ),
    ],
)
def test_the_project_s_own_lines(location: str, wiring: Wiring) -> None:
    assert wired(EXAMPLES / location, wiring) == (EXAMPLES / location / "pyproject.toml").read_text()


def remote_blocks() -> list[str]:
    readme = (EXAMPLES / "index/README.md").read_text()
    blocks = re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return [block for block in blocks if "authenticate" in block]


def test_there_is_a_block_for_each_cloud() -> None:
    hosts = [re.search(r'url = "https://([^/"]*)', block)[1] for block in remote_blocks()]
    assert [host.split(".", 1)[1] for host in hosts] == [
        "d.codeartifact.eu-west-1.amazonaws.com",
        "pkg.dev",
        "dev.azure.com",
    ]


@pytest.mark.parametrize("block", remote_blocks())
def test_the_copyable_lines_of_the_index_readme(block: str) -> None:
    url = re.search(r'url = "(.*)"', block)[1]
    text = wired(EXAMPLES / "index/finance", RemoteIndexWiring(version="0.1.3", index="acme", url=url))
    assert text.endswith(f"\n\n{block}")
    assert '    "shared==0.1.3",\n' in text
