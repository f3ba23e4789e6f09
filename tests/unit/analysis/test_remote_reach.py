from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.remote_reach import remote_registries
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.project import DeclaredIndex, Project
from dagster_commons.model.sources import IndexSource

CORP = RemoteRegistry(name="corp", kind="simple", index_url="https://corp.example.com/simple/")
TEAM = RemoteRegistry(name="team", kind="simple", index_url="https://team.example.com/simple/")
LOCAL = EmbeddedRegistry(name="local", directory=Path("/repo/registry"))


def project(*indexes: DeclaredIndex) -> Project:
    directory = Path("/repo/finance")
    return Project(
        directory=directory, file=directory / "pyproject.toml", name="finance", manager="uv", indexes=indexes
    )


def index(
    name: str | None, registry: RemoteRegistry = CORP, *, explicit: bool = False, default: bool = False
) -> DeclaredIndex:
    return DeclaredIndex(name=name, url=registry.index_url.rstrip("/"), explicit=explicit, default=default)


@pytest.mark.parametrize(
    ("named", "own", "root", "expected"),
    [
        ("corp", (), (), [CORP]),
        ("corp", (index("corp", explicit=True),), (), [CORP]),
        ("ours", (index("ours", explicit=True),), (), [CORP]),
        ("ours", (), (index("ours", TEAM),), [TEAM]),
        ("corp", (DeclaredIndex(name="corp", url="https://elsewhere.example.com/simple/"),), (), []),
        ("local", (), (), []),
        ("unknown", (index("corp"),), (), []),
        (None, (), (), []),
        (None, (index("corp", explicit=True),), (), []),
        (None, (index(None, CORP),), (), [CORP]),
        (None, (index("corp", default=True), index("team", TEAM)), (), [TEAM, CORP]),
        (None, (index("corp"),), (index("team", TEAM), index("again", CORP)), [TEAM, CORP]),
        (None, (DeclaredIndex(name="x", url="https://user@corp.example.com/simple/"),), (), [CORP]),
    ],
)
def test_where_uv_takes_it_from(
    named: str | None, own: tuple[DeclaredIndex, ...], root: tuple[DeclaredIndex, ...], expected: list[RemoteRegistry]
) -> None:
    configuration = Configuration(registries=(LOCAL, CORP, TEAM))

    found = remote_registries(configuration, IndexSource(index=named), project(*own), project(*root) if root else None)

    assert list(found) == expected


def test_without_registries_on_the_web_nothing_is_looked_at() -> None:
    configuration = Configuration(registries=(LOCAL,))

    assert remote_registries(configuration, IndexSource(index="corp"), project(index("corp")), None) == ()
