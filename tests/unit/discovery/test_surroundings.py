"""Owners by CODEOWNERS, and the Dockerfile that builds a project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.discovery.surroundings import owners_of, parse_code_owners, read_surroundings
from dagster_commons.model.advice import ImageFile
from dagster_commons.model.workspace import Repository
from drawn_uses import PATH, location, use, workspace

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """
FROM scratch
COPY --chown=1 pyproject.toml uv.lock ./
COPY --from=builder /app /app
ADD src src
"""
OWNERS = """
# everybody's
*                 @acme/all
/sales/           @acme/sales  @ada   # two
docs/*            @acme/writers
shared            @acme/platform
**/generated/     @acme/robots
/orders/nobody
[Section] @acme/left-out
^[Optional][2]
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("pyproject.toml", ("@acme/all",)),
        ("sales/pyproject.toml", ("@acme/sales", "@ada")),
        ("other/sales/pyproject.toml", ("@acme/all",)),
        ("docs/pyproject.toml", ("@acme/writers",)),
        ("docs/deep/pyproject.toml", ("@acme/all",)),
        ("packages/shared/pyproject.toml", ("@acme/platform",)),
        ("packages/shared-io/pyproject.toml", ("@acme/all",)),
        ("a/generated/b/pyproject.toml", ("@acme/robots",)),
        ("orders/nobody/pyproject.toml", ()),
    ],
)
def test_the_last_pattern_that_matches_says_who(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(parse_code_owners(OWNERS), path) == owners


@pytest.mark.parametrize("place", ["CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS"])
def test_what_lies_around_a_project(tmp_path: Path, place: str) -> None:
    draw(tmp_path, {place: "/sales/ @acme/sales\n", "sales/Dockerfile": DOCKERFILE, "ops/pyproject.toml": ""})
    drawn = workspace(use("sales", PATH))
    projects = tuple(replace(drawn.projects[0], directory=tmp_path / each, name=each) for each in ("sales", "ops"))
    sales = replace(location("sales"), path=tmp_path / "sales", build_directory=tmp_path)
    git = Repository(root=tmp_path, git_dir=tmp_path / ".git")
    found = read_surroundings(replace(drawn, locations=(sales,), projects=projects, repositories=(git,)))
    assert found.owners == {tmp_path / "sales": ("@acme/sales",)}
    image = ImageFile(path=tmp_path / "sales/Dockerfile", copied=("pyproject.toml", "uv.lock", "src"))
    assert found.image_files == {tmp_path / "sales": image}
